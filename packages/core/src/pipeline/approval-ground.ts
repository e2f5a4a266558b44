import type { RequestContext } from "./request-context.ts";
import { type ApprovalElsewhere, refuseIncomplete, refuseReview } from "./challenge-reply.ts";
import type { ActionState } from "../provider/provider.ts";
import { Refusal } from "../reply/refusal.ts";
import { fingerprint } from "../binding/sealed-key.ts";

/** Who approved an action: its user by a challenge, or a reviewer. */
export type ApprovalGround = "challenge" | "review";

/**
 * How a request refers to its approval. A result token comes into being with the proof, in the browser that gave it. A
 * sealed key was handed out before, to whoever asked. It is a matched one where the inbox has the result: of the browser that proved, after
 * its user had entered there the number that whoever holds the key was answered.
 */
type Presented = "result_token" | "sealed_key" | "matched_key";

/**
 * The rule for who gets a result, and the only place that knows it: the browser that proved it, or a waiting side that the
 * person matched by number. Whoever asks may be a thief with the user's session who waits for the user to approve elsewhere,
 * so what is handed out before the proof gets a reviewer's decision, and never a challenge's. Every further way for a
 * result to reach a waiting side is a `Presented` of its own, and gets a challenge's result only with a matched number.
 */
const receives: Readonly<Record<Presented, Readonly<Record<ApprovalGround, boolean>>>> = {
  result_token: { challenge: true, review: true },
  sealed_key: { challenge: false, review: true },
  matched_key: { challenge: true, review: true },
};

/** What the provider says of the action whose approval a request presents. */
export interface Standing {
  readonly sealedKey: string;
  readonly state: ActionState;
  readonly presented: Presented;
  /** True of a CHALLENGE_FAILED that the user has brought about. */
  readonly deniedByUser: boolean;
  /** How it is approved at another screen, where it waits for that. */
  readonly elsewhere?: ApprovalElsewhere | undefined;
}

/** What a state approves for the one who presents its approval this way. Every state but the two successes refuses. */
export function groundOf<Native extends object>(
  context: RequestContext<Native>,
  { sealedKey, state, presented, deniedByUser, elsewhere }: Standing,
): ApprovalGround {
  switch (state) {
    case "CHALLENGE_SUCCEEDED":
      return given("challenge", presented);
    case "REVIEW_SUCCEEDED":
      return given("review", presented);
    case "CHALLENGE_REQUIRED":
      throw refuseIncomplete(context, elsewhere);
    case "CHALLENGE_FAILED":
      throw deniedByUser
        ? new Refusal("action_denied_by_user", "the user says that they did not ask for the action")
        : new Refusal("challenge_failed", "the challenge failed");
    case "REVIEW_REQUIRED":
      throw refuseReview(sealedKey, context, "the review is still open");
    case "REVIEW_FAILED":
      throw new Refusal("review_rejected", "the reviewer rejected the action");
    case "BLOCK":
      throw new Refusal("action_blocked", "the action was blocked", { id: fingerprint(sealedKey) });
    case "ALLOW":
      throw invalid("the action was allowed without a challenge, so there is no approval");
  }
}

function given(ground: ApprovalGround, presented: Presented): ApprovalGround {
  if (receives[presented][ground]) return ground;
  throw invalid("a sealed key resumes reviews only: the challenge's result went to the browser that completed it");
}

/** For every token that is not good, whatever is wrong with it: only the event says what. */
export function invalid(reason: string): Refusal {
  return new Refusal("action_token_invalid", reason);
}
