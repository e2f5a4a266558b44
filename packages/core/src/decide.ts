import { approve, type Attempt } from "./attempt.ts";
import type { ApprovedAction } from "./approved-action.ts";
import { askProvider, refuseUndecided } from "./ask-provider.ts";
import { refuseChallenge, refuseEnrollment, refuseReview } from "./challenge-reply.ts";
import { type Decider, sealedFor } from "./decider.ts";
import { ProviderError } from "./errors.ts";
import { isOutage } from "./outage.ts";
import { isPromiseLike } from "./promise-like.ts";
import type { TrackAnswer, TrackAttributes } from "./provider.ts";
import { parseTrackAnswer } from "./provider-answer.ts";
import { Refusal } from "./refusal.ts";
import { resolveAttributes } from "./resolve.ts";
import { fingerprint } from "./seal.ts";

type Attributes = Omit<TrackAttributes, "idempotencyKey">;

/** Has an attempt that brings no approval decided. Answers when the request may go on, refuses otherwise. */
export async function decide<Native extends object>(attempt: Attempt<Native>): Promise<ApprovedAction> {
  const { settings, request, binding } = attempt;
  const resolved = resolveAttributes(settings, request, binding);
  const attributes = isPromiseLike(resolved) ? await resolved : resolved;
  const { primary, fallback, failsOpen } = settings;
  try {
    return followState(attempt, await track(attempt, primary, attributes));
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (!isOutage(error)) throw refuseUndecided(error);
    if (failsOpen) return approve(attempt, "failed_open");
    if (fallback) return decideInstead(attempt, fallback, attributes);
    throw refuseUndecided(error);
  }
}

/** Has the fallback decide; when it cannot either, the request is refused. */
async function decideInstead<Native extends object>(
  attempt: Attempt<Native>,
  fallback: Decider,
  attributes: Attributes,
): Promise<ApprovedAction> {
  try {
    return followState(attempt, await track(attempt, fallback, attributes));
  } catch (error) {
    throw error instanceof ProviderError ? refuseUndecided(error) : error;
  }
}

async function track<Native extends object>(
  { settings, subject, binding, trail }: Attempt<Native>,
  decider: Decider,
  attributes: Attributes,
): Promise<TrackAnswer> {
  const idempotencyKey = settings.sealer.mint(sealedFor(decider, subject), binding);
  trail.actionId = fingerprint(idempotencyKey);
  const { userId, action } = subject;
  const startedAt = performance.now();
  const answer = await askProvider(settings, decider, trail, {
    verb: "track",
    userId,
    call: (provider, options) =>
      provider.track({ userId, action, attributes: { idempotencyKey, ...attributes } }, options),
    parse: (given) => parseTrackAnswer(given, idempotencyKey),
  });
  trail.decider = decider;
  const { state, outcome, isEnrolled, ruleIds = [] } = answer;
  trail.tell({
    type: "decision",
    provider: decider.provider.name,
    state,
    outcome,
    isEnrolled,
    ruleIds,
    binding: binding.kind,
    durationMs: performance.now() - startedAt,
  });
  return answer;
}

function followState<Native extends object>(attempt: Attempt<Native>, answer: TrackAnswer): ApprovedAction {
  switch (answer.state) {
    case "BLOCK":
      throw new Refusal("action_blocked", "the provider decided BLOCK", { id: fingerprint(answer.idempotencyKey) });
    case "REVIEW_REQUIRED":
      throw refuseReview(answer.idempotencyKey, attempt, "the provider decided REVIEW");
    case "CHALLENGE_REQUIRED":
      if (!answer.isEnrolled) return followNotEnrolled(attempt, answer);
      throw refuseChallenge(attempt, answer);
    case "ALLOW":
      // Authsignal answers ALLOW where the outcome is CHALLENGE and the user has no authenticator.
      if (!answer.isEnrolled && answer.outcome !== "ALLOW") return followNotEnrolled(attempt, answer);
      return approve(attempt, "allowed");
  }
}

function followNotEnrolled<Native extends object>(attempt: Attempt<Native>, answer: TrackAnswer): ApprovedAction {
  switch (attempt.settings.onNotEnrolled) {
    case "allow":
      return approve(attempt, "not_enrolled");
    case "block":
      throw new Refusal("action_blocked", "the user is not enrolled", { id: fingerprint(answer.idempotencyKey) });
    case "enroll":
      throw refuseEnrollment(attempt, answer);
  }
}
