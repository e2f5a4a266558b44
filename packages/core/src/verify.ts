import type { Attempt } from "./attempt.ts";
import type { ApprovedAction } from "./approved-action.ts";
import { askProvider, refuseUndecided } from "./ask-provider.ts";
import { refuseReview } from "./challenge-reply.ts";
import { claimApproval } from "./claim.ts";
import { type Decider, sealedFor } from "./decider.ts";
import { ProviderError } from "./errors.ts";
import { leaveClaim } from "./handler-claim.ts";
import type { ActionState } from "./provider.ts";
import { parseGetActionAnswer, parseValidateChallengeAnswer } from "./provider-answer.ts";
import { Refusal } from "./refusal.ts";
import { refuseIfGone } from "./refuse-if-gone.ts";
import { fingerprint, isSealedKey, type OpenSeal } from "./seal.ts";

/** Clocks of several processes differ by this much at most. */
const CLOCK_TOLERANCE_MS = 5_000;

const NOT_OUR_SEAL = "the seal is forged, or for another user, action, session or provider";

/** What the provider says of an approval, and the seal that it is for. */
interface Evidence {
  readonly sealedKey: string;
  readonly seal: OpenSeal;
  readonly state: ActionState;
  readonly verificationMethod: string | undefined;
}

/**
 * Verifies the approval that an attempt brings and uses it up, or leaves that to the handler. Answers when the request may go
 * on, refuses otherwise.
 */
export async function verify<Native extends object>(attempt: Attempt<Native>, token: string): Promise<ApprovedAction> {
  const { settings, request, binding } = attempt;
  const { sealedKey, seal, state, verificationMethod } = await gatherEvidence(attempt, token);
  const ground = groundOf(attempt, state, sealedKey);
  const age = settings.clock.now() - seal.issuedAt;
  if (!(age >= -CLOCK_TOLERANCE_MS)) throw invalid("the seal is from the future");
  if (!(age < settings.maxAges[ground])) {
    throw new Refusal("action_token_expired", "the approval is older than its action allows");
  }
  if (!seal.binds(binding)) throw new Refusal("action_parameters_changed", "the request differs from the one approved");
  const accepted = settings.verificationMethods;
  if (ground === "challenge" && accepted && !(verificationMethod && accepted.includes(verificationMethod))) {
    throw new Refusal("verification_method_insufficient", "verified by a method that the action does not accept", {
      verificationMethods: accepted,
    });
  }
  const gone = refuseIfGone(request);
  if (gone) throw gone;
  const approval = { ground, sealedKey, issuedAt: seal.issuedAt, verificationMethod };
  return settings.claim === "handler" ? leaveClaim(attempt, approval) : claimApproval(attempt, approval);
}

async function gatherEvidence<Native extends object>(attempt: Attempt<Native>, token: string): Promise<Evidence> {
  try {
    return await (isSealedKey(token) ? lookUpAction(attempt, token) : validateResult(attempt, token));
  } catch (error) {
    throw error instanceof ProviderError ? refuseUndecided(error) : error;
  }
}

/** The sealed key of an earlier answer: how a reviewed action resumes. Its seal tells who decides on it. */
async function lookUpAction<Native extends object>(attempt: Attempt<Native>, sealedKey: string): Promise<Evidence> {
  const { settings, subject, trail } = attempt;
  const { primary, fallback } = settings;
  const own = openSeal(attempt, primary, sealedKey);
  const decider = own || !fallback ? primary : fallback;
  const seal = own ?? openSeal(attempt, decider, sealedKey);
  if (!seal) throw invalid(NOT_OUR_SEAL);
  trail.actionId = fingerprint(sealedKey);
  const { userId, action } = subject;
  const answer = await askProvider(settings, decider, trail, {
    verb: "getAction",
    userId,
    call: (provider, options) => provider.getAction({ userId, action, idempotencyKey: sealedKey }, options),
    parse: parseGetActionAnswer,
  });
  if (!answer) throw invalid("the provider does not know the action");
  trail.decider = decider;
  return { sealedKey, seal, state: answer.state, verificationMethod: answer.verificationMethod };
}

/**
 * The result token of a challenge. Nothing in it tells whose it is, so the fallback is asked about a token for which the
 * guard's own provider has no evidence. Neither is believed about an action that the seal gives to the other.
 */
async function validateResult<Native extends object>(attempt: Attempt<Native>, token: string): Promise<Evidence> {
  const { primary, fallback } = attempt.settings;
  try {
    return await validateBy(attempt, primary, token);
  } catch (error) {
    if (!fallback) throw error;
    try {
      return await validateBy(attempt, fallback, token);
    } catch (another) {
      throw isForeign(another) ? error : another;
    }
  }
}

/** True when a provider says no more of a token than that it is not one of its own. */
function isForeign(error: unknown): boolean {
  return error instanceof ProviderError ? error.status < 500 : (error as Refusal).code === "action_token_invalid";
}

/** Has one provider tell whose a token is; the seal tells that it is for this. */
async function validateBy<Native extends object>(
  attempt: Attempt<Native>,
  decider: Decider,
  token: string,
): Promise<Evidence> {
  const { settings, subject, trail } = attempt;
  const { userId, action } = subject;
  const answer = await askProvider(settings, decider, trail, {
    verb: "validateChallenge",
    userId,
    call: (provider, options) => provider.validateChallenge({ token, userId, action }, options),
    parse: parseValidateChallengeAnswer,
  });
  if (answer.error === "expired_token")
    throw new Refusal("action_token_expired", "the provider says that the token has expired");
  if (answer.userId === undefined) throw invalid("the provider takes it for no result token of this user and action");
  if (answer.userId !== userId) throw invalid("the token is another user's");
  if (answer.action !== action) throw invalid("the token is for another action");
  if (!answer.idempotencyKey || !answer.state) throw invalid("the provider tells neither key nor state");
  const seal = openSeal(attempt, decider, answer.idempotencyKey);
  if (!seal) throw invalid(NOT_OUR_SEAL);
  trail.actionId = fingerprint(answer.idempotencyKey);
  const succeeded = answer.state === "CHALLENGE_SUCCEEDED" || answer.state === "REVIEW_SUCCEEDED";
  if (succeeded && !answer.isValid) throw invalid("the provider says that the token is not valid");
  trail.decider = decider;
  return { sealedKey: answer.idempotencyKey, seal, state: answer.state, verificationMethod: answer.verificationMethod };
}

function openSeal<Native extends object>(
  { settings, subject }: Attempt<Native>,
  decider: Decider,
  sealedKey: string,
): OpenSeal | undefined {
  return settings.sealer.open(sealedKey, sealedFor(decider, subject));
}

/** What a state approves. Every state but the two successes refuses. */
function groundOf<Native extends object>(
  attempt: Attempt<Native>,
  state: ActionState,
  sealedKey: string,
): "challenge" | "review" {
  switch (state) {
    case "CHALLENGE_SUCCEEDED":
      return "challenge";
    case "REVIEW_SUCCEEDED":
      return "review";
    case "CHALLENGE_REQUIRED":
      throw new Refusal("challenge_incomplete", "the challenge is still open");
    case "CHALLENGE_FAILED":
      throw new Refusal("challenge_failed", "the challenge failed");
    case "REVIEW_REQUIRED":
      throw refuseReview(sealedKey, attempt, "the review is still open");
    case "REVIEW_FAILED":
      throw new Refusal("review_rejected", "the reviewer refused");
    case "BLOCK":
      throw new Refusal("action_blocked", "the action was blocked", { id: fingerprint(sealedKey) });
    case "ALLOW":
      throw invalid("the action was allowed without a challenge, so there is no approval");
  }
}

function invalid(reason: string): Refusal {
  return new Refusal("action_token_invalid", reason);
}
