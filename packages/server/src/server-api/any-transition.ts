import type { Clock } from "@require-action/core";
import type { ActionState } from "@require-action/core/provider";
import { EngineError, type Store } from "@require-action/engine";
import { type ActionKey, type ActionRecord } from "@require-action/engine/store";

const REVIEW_LIFETIME_MS = 3 * 24 * 60 * 60_000;

/**
 * Moves an action from any state to any other, as Authsignal's own API does, round the engine's legal transitions.
 * @throws EngineError `not_found`, `state_conflict`
 */
export async function anyTransition(
  store: Store,
  clock: Clock,
  key: ActionKey,
  to: ActionState,
  verificationMethod: string | undefined,
): Promise<ActionRecord> {
  const action = await store.findAction(key);
  if (action === undefined) throw new EngineError("not_found", "There is no such action.");
  const { state: from, actionId, userId, action: code } = action;
  if (from === to) return action;
  const at = clock.now();
  const verified = verificationMethod === undefined ? {} : { verificationMethod };
  const moved = await store.transition(
    {
      key,
      from,
      to,
      at,
      ...verified,
      ...(to === "REVIEW_REQUIRED" ? { review: { expiresAt: at + REVIEW_LIFETIME_MS } } : {}),
    },
    {
      type: "action.transitioned",
      at,
      userId,
      action: code,
      actionId,
      from,
      state: to,
      actor: "backend",
      reason: "compat",
      ...verified,
    },
  );
  if (moved === undefined)
    throw new EngineError("state_conflict", "The action has changed in the meantime. Read it again.");
  return moved;
}
