import type { ActionSettings } from "./action-settings.ts";
import { type ApprovalGround, type ApprovedAction, forgetUnapproved, recordPassed } from "./approved-action.ts";
import type { Binding } from "./binding.ts";
import type { GuardRequest } from "./guard-request.ts";
import { claimNothing, refuseToClaim } from "./nothing-to-claim.ts";
import type { SealSubject } from "./seal.ts";
import type { Trail } from "./trail.ts";

/** One request's try at one action: who asks, and what is bound. */
export interface Attempt<Native extends object> {
  readonly settings: ActionSettings<Native>;
  readonly request: GuardRequest<Native>;
  readonly subject: SealSubject;
  readonly binding: Binding;
  readonly trail: Trail;
}

/** An attempt as far as it came: observed or not required, it may have found no user and bound nothing. */
export type PartialAttempt<Native extends object> = Pick<Attempt<Native>, "settings" | "request" | "trail">;

/** What only an approval has. */
export interface ApprovalVerbs {
  readonly verificationMethod: string | undefined;
  /** Absent when the guard has claimed. */
  readonly claim?: ApprovedAction["claim"];
  release(): Promise<void>;
}

/** Notes that the attempt's action has passed on this request. */
export function approve<Native extends object>(
  { settings, request, trail }: PartialAttempt<Native>,
  ground: ApprovalGround,
  approval?: ApprovalVerbs,
): ApprovedAction {
  const { userId, actionId, binding, decider } = trail;
  const { action, claim, observe } = settings;
  const approved: ApprovedAction = Object.freeze({
    action,
    userId,
    ground,
    actionId,
    provider: decider?.provider.name,
    fallback: decider?.isFallback ?? false,
    verificationMethod: approval?.verificationMethod,
    binding: binding?.kind ?? "none",
    bound: binding?.fields,
    failedOpen: ground === "failed_open",
    claim: approval?.claim ?? (claim === "handler" || observe ? claimNothing : refuseToClaim),
    release: approval?.release ?? (async () => forgetUnapproved(request.native, action)),
  });
  recordPassed(request.native, approved);
  return approved;
}
