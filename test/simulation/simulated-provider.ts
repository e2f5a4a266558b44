import type { Clock } from "@require-action/core";
import type { ActionProvider, ActionState } from "@require-action/core/provider";

/** A provider that decides as a schedule says, and dates what it decides by its own clock. */
export interface SimulatedProvider extends ActionProvider {
  /** What the next action is, and the key that it was tracked with. */
  expect(kind: "challenge" | "review"): () => string;
  decide(key: string, isApproved: boolean): void;
  /** The `Action-Token` of an action. */
  tokenOf(key: string): string;
}

interface SimulatedAction {
  readonly kind: "challenge" | "review";
  state: ActionState;
  decidedAt: number;
}

/** Creates a provider. `isDated` says whether it tells when it decided. */
export function createSimulatedProvider(clock: Clock, isDated: boolean): SimulatedProvider {
  const actions = new Map<string, SimulatedAction>();
  let kind: "challenge" | "review" = "challenge";
  let lastKey = "";
  const told = (action: SimulatedAction) => ({
    state: action.state,
    ...(isDated && { stateUpdatedAt: new Date(action.decidedAt).toISOString() }),
  });
  return {
    name: "simulated",
    async track({ attributes: { idempotencyKey } }) {
      lastKey = idempotencyKey;
      const state = kind === "review" ? "REVIEW_REQUIRED" : "CHALLENGE_REQUIRED";
      actions.set(idempotencyKey, { kind, state, decidedAt: clock.now() });
      return { state, idempotencyKey, isEnrolled: true, token: "challenge" };
    },
    async validateChallenge({ token, userId, action }) {
      const idempotencyKey = token.replace(/^result-/, "");
      const found = actions.get(idempotencyKey);
      if (!found) return { isValid: false };
      return { isValid: found.state === "CHALLENGE_SUCCEEDED", ...told(found), userId, action, idempotencyKey };
    },
    async getAction({ idempotencyKey }) {
      const found = actions.get(idempotencyKey);
      return found && told(found);
    },
    expect(next) {
      kind = next;
      return () => lastKey;
    },
    decide(key, isApproved) {
      const action = actions.get(key)!;
      const isReview = action.kind === "review";
      const succeeded = isReview ? "REVIEW_SUCCEEDED" : "CHALLENGE_SUCCEEDED";
      action.state = isApproved ? succeeded : isReview ? "REVIEW_FAILED" : "CHALLENGE_FAILED";
      action.decidedAt = clock.now();
    },
    tokenOf: (key) => (actions.get(key)?.kind === "review" ? key : `result-${key}`),
  };
}
