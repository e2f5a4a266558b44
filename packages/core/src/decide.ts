import { approve, type Attempt } from "./attempt.ts";
import type { ApprovedAction } from "./approved-action.ts";
import { askProvider, isRequestAtFault, refuseUndecided } from "./ask-provider.ts";
import { refuseChallenge, refuseEnrollment, refuseReview } from "./challenge-reply.ts";
import { ProviderError } from "./errors.ts";
import { isPromiseLike } from "./promise-like.ts";
import type { TrackAnswer } from "./provider.ts";
import { parseTrackAnswer } from "./provider-answer.ts";
import { Refusal } from "./refusal.ts";
import { resolveAttributes } from "./resolve.ts";
import { fingerprint } from "./seal.ts";

/** Has the provider decide an attempt that brings no approval. Answers when the request may go on, refuses otherwise. */
export async function decide<Native extends object>(attempt: Attempt<Native>): Promise<ApprovedAction> {
  const { settings, subject, binding, trail } = attempt;
  const resolved = resolveAttributes(settings, attempt.request, binding);
  const attributes = isPromiseLike(resolved) ? await resolved : resolved;
  const idempotencyKey = settings.sealer.mint(subject, binding);
  trail.actionId = fingerprint(idempotencyKey);
  const { userId, action } = subject;
  const startedAt = performance.now();
  let answer: TrackAnswer;
  try {
    answer = await askProvider(
      settings,
      trail,
      (options) => settings.provider.track({ userId, action, attributes: { idempotencyKey, ...attributes } }, options),
      (given) => parseTrackAnswer(given, idempotencyKey),
    );
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (settings.onUnavailable === "allow" && !isRequestAtFault(error)) return approve(attempt, "failed_open");
    throw refuseUndecided(error);
  }
  const { state, outcome, isEnrolled, ruleIds = [] } = answer;
  trail.tell({
    type: "decision",
    provider: settings.provider.name,
    state,
    outcome,
    isEnrolled,
    ruleIds,
    binding: binding.kind,
    durationMs: performance.now() - startedAt,
  });
  return followState(attempt, answer);
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
