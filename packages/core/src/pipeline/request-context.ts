import type { Binding } from "../binding/binding.ts";
import type { SealSubject } from "../binding/seal.ts";
import { callLedger, type ClaimingLedger } from "../ledger/ledger.ts";
import {
  type ApprovalGround,
  type ApprovedAction,
  forgetUnapproved,
  recordPassed,
} from "../outcome/approved-action.ts";
import type { ActionEvent, BreakerEvent, GuardEvent, WarningEvent } from "../outcome/events.ts";
import { ConfigurationError } from "../reply/errors.ts";
import { Refusal } from "../reply/refusal.ts";
import type { GuardRequest } from "../request/guard-request.ts";
import type { ActionSettings } from "../settings/action-settings.ts";
import type { ProviderRole } from "../settings/provider-role.ts";

/** One request for one action: its settings, who asks, what is bound, and the events so far. */
export interface RequestContext<Native extends object> {
  readonly settings: ActionSettings<Native>;
  readonly request: GuardRequest<Native>;
  readonly subject: SealSubject;
  readonly binding: Binding;
  readonly trail: Trail;
}

/** What an action is looked up by. */
export type LookupContext<Native extends object> = Pick<RequestContext<Native>, "settings" | "subject" | "trail">;

/** The context as far as it is known: an observed or exempt request may have no user and nothing bound. */
type PartialContext<Native extends object> = Pick<RequestContext<Native>, "settings" | "request" | "trail">;

/** What only an approval has. */
interface ApprovalVerbs {
  readonly verificationMethod: string | undefined;
  /** Absent when the guard has claimed. */
  readonly claim?: ApprovedAction["claim"];
  release(): Promise<void>;
}

/** Records that the action has passed on this request, and returns the approved action for its handler. */
export function proceed<Native extends object>(
  { settings, request, trail }: PartialContext<Native>,
  ground: ApprovalGround,
  approval?: ApprovalVerbs,
): ApprovedAction {
  const { userId, actionId, binding, role, receipt } = trail;
  const { action, declaration, claim, observe } = settings;
  const approved: ApprovedAction = Object.freeze({
    action,
    userId,
    ground,
    actionId,
    provider: role?.provider.name,
    fallback: role?.isFallback ?? false,
    verificationMethod: approval?.verificationMethod,
    receipt,
    binding: binding?.kind ?? "none",
    bound: binding?.fields,
    failedOpen: ground === "failed_open",
    claim: approval?.claim ?? (claim === "handler" || observe ? claimNothing : refuseToClaim),
    release: approval?.release ?? (async () => forgetUnapproved(request.native, action)),
  });
  recordPassed(request.native, approved, declaration);
  return approved;
}

/** The refusal of a request for which nobody waits any more: what it would do, its client would not learn, and do again. */
export function refuseIfGone(request: Pick<GuardRequest<object>, "closed">): Refusal | undefined {
  if (!request.closed()) return undefined;
  return new Refusal(
    "client_disconnected",
    "the client disconnected, or received another response, before its action could run",
  );
}

/** The `claim` of a request that goes on without an approval: there is nothing to use up. */
const claimNothing = ((ledger: ClaimingLedger): void | Promise<void> =>
  callLedger(
    ledger,
    () => undefined,
    () => {},
  )) as ApprovedAction["claim"];

/** The `claim` of a route whose guard claims: whoever calls it believes that a crash would not lose the approval. */
const refuseToClaim = ((ledger: ClaimingLedger): void | Promise<void> =>
  callLedger(
    ledger,
    () => {
      throw new ConfigurationError(
        "claim",
        'the guard claims on this route; declare claim: "handler" to leave it to you',
      );
    },
    () => {},
  )) as ApprovedAction["claim"];

type DistributiveOmit<T, Name extends PropertyKey> = T extends unknown ? Omit<T, Name> : never;

/** An event without what the trail adds to it. */
type ActionEventBody = DistributiveOmit<Exclude<GuardEvent, BreakerEvent | WarningEvent>, keyof ActionEvent>;

/** What is known so far of one request's try at an action, so that every event about it says the same. */
export interface Trail {
  userId: string | undefined;
  /** The fingerprint of the sealed key. */
  actionId: string | undefined;
  /** What of the request is bound. */
  binding: Binding | undefined;
  /** Who decided, once somebody has. */
  role: ProviderRole | undefined;
  /** The id of the receipt of the decision or approval, from a provider that keeps receipts. */
  receipt: string | undefined;
  /** Absent when nobody listens, so that nothing is made up for nobody. */
  readonly emit: ((event: ActionEventBody) => void) | undefined;
}

/** Starts the trail of one request. */
export function startTrail<Native extends object>({ action, observe, emit }: ActionSettings<Native>): Trail {
  const trail: Trail = {
    userId: undefined,
    actionId: undefined,
    binding: undefined,
    role: undefined,
    receipt: undefined,
    emit:
      emit &&
      ((event) => {
        const { userId, actionId, role } = trail;
        emit({ action, userId, actionId, observed: observe, fallback: role?.isFallback ?? false, ...event });
      }),
  };
  return trail;
}
