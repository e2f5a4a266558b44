import type { ActionState, Outcome } from "@require-action/core/provider";

/** Where `track` leaves an action, by outcome. */
export const initialStates: Readonly<Record<Outcome, "ALLOW" | "BLOCK" | "CHALLENGE_REQUIRED" | "REVIEW_REQUIRED">> = {
  ALLOW: "ALLOW",
  BLOCK: "BLOCK",
  CHALLENGE: "CHALLENGE_REQUIRED",
  REVIEW: "REVIEW_REQUIRED",
};

/** Every move that an action may make. What is not here does not happen: a refusal never becomes an approval. */
const transitions: ReadonlyMap<ActionState, readonly ActionState[]> = new Map<ActionState, readonly ActionState[]>([
  ["CHALLENGE_REQUIRED", ["CHALLENGE_SUCCEEDED", "CHALLENGE_FAILED", "REVIEW_REQUIRED", "BLOCK"]],
  ["REVIEW_REQUIRED", ["REVIEW_SUCCEEDED", "REVIEW_FAILED", "BLOCK"]],
  // An approval can be withdrawn.
  ["ALLOW", ["BLOCK"]],
  ["CHALLENGE_SUCCEEDED", ["BLOCK"]],
  ["REVIEW_SUCCEEDED", ["BLOCK"]],
  ["CHALLENGE_FAILED", []],
  ["REVIEW_FAILED", []],
  ["BLOCK", []],
]);

/** Every state there is. */
export const actionStates: readonly ActionState[] = [...transitions.keys()];

/** True when an action may move from one state to the other. */
export function isLegalTransition(from: ActionState, to: ActionState): boolean {
  return transitions.get(from)?.includes(to) ?? false;
}
