import type { ApprovalInbox, KeptApproval } from "../inbox/approval-inbox.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { withDeadline } from "../lib/deadline.ts";
import type { TrackAnswer } from "../provider/provider.ts";
import type { ClientContext } from "../settings/guard-options.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";
import { type ApprovalElsewhere, challengeEnd, refuseChallenge, refuseIncomplete } from "./challenge-reply.ts";
import type { LookupContext, RequestContext } from "./request-context.ts";

/** In seconds, before anybody has asked too soon. */
const FIRST_INTERVAL = 5;

/** Asks for a challenge that the user may also complete at another screen. Of a user who has too many, at this one alone. */
export async function askElsewhere<Native extends object>(
  context: RequestContext<Native>,
  inbox: ApprovalInbox,
  answer: TrackAnswer,
  { ipAddress, userAgent }: ClientContext,
): Promise<never> {
  const { settings, binding } = context;
  const { idempotencyKey, token, url } = answer;
  const kept = await callInbox(context, () =>
    inbox.keep({
      ...queryOf(context, idempotencyKey),
      bound: binding.fields,
      challenge: { token, url },
      expiresAt: challengeEnd(settings, answer),
      askedFrom: { ipAddress, userAgent },
    }),
  );
  throw refuseChallenge(context, answer, elsewhereOf(kept, FIRST_INTERVAL));
}

/** What the inbox has of a sealed key: the result of its challenge, or how that is approved. */
interface Waiting {
  readonly token?: string | undefined;
  readonly elsewhere?: ApprovalElsewhere | undefined;
}

/** Looks for the request of a sealed key. Refuses where its user has said no, and whoever asks too soon. */
export async function lookElsewhere<Native extends object>(
  context: LookupContext<Native>,
  inbox: ApprovalInbox,
  sealedKey: string,
): Promise<Waiting | undefined> {
  const kept = await callInbox(context, () => inbox.find(queryOf(context, sealedKey)));
  if (kept === undefined) return undefined;
  if (kept.state === "declined") {
    throw new Refusal("action_denied_by_user", "the user has declined, or has entered another number");
  }
  if (kept.token !== undefined) return { token: kept.token };
  const { intervalSeconds, isTooSoon } = await callInbox(context, () => inbox.poll(sealedKey));
  const elsewhere = elsewhereOf(kept, intervalSeconds);
  if (isTooSoon) throw refuseIncomplete(context, elsewhere);
  return { elsewhere };
}

/** A route's request is found by its key alone: whoever asks for the same in the user's session has another. */
function queryOf<Native extends object>(
  { subject }: LookupContext<Native>,
  idempotencyKey: string,
): Parameters<ApprovalInbox["find"]>[0] & { readonly idempotencyKey: string } {
  const { userId, action, session } = subject;
  return { user: userId, session, action, canonical: "", keyOnly: true, idempotencyKey };
}

function elsewhereOf(kept: KeptApproval | undefined, interval: number): ApprovalElsewhere | undefined {
  return kept?.page && { ...kept.page, interval };
}

/** Whatever goes wrong in the inbox, nothing runs for it. */
export async function callInbox<Native extends object, Answer>(
  { settings, trail }: Pick<LookupContext<Native>, "settings" | "trail">,
  call: () => Awaitable<Answer>,
): Promise<Answer> {
  try {
    return await withDeadline(settings.decisionDeadlineMs, call);
  } catch (error) {
    const reason = `the inbox: ${error instanceof Error ? error.message : "failed"}`;
    trail.emit?.({ type: "failure", source: "inbox", code: "decision_unavailable", reason });
    throw unavailable(reason);
  }
}
