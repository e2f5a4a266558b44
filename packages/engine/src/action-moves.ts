import type { ActionState } from "@require-action/core";
import type { AuditEvent } from "./audit-event.ts";
import { isLegalTransition } from "./action-states.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import type { ActionKey, ActionRecord, ReviewRecord } from "./store/records.ts";

/** What a move brings with it. */
interface MoveDetails {
  readonly verificationMethod?: string;
  readonly verifiedByAuthenticatorId?: string;
  readonly authenticatedDeviceId?: string;
  readonly review?: ReviewRecord;
  readonly actor?: string;
  readonly reason?: string;
}

/** The only way an action changes its state. */
export interface ActionMoves {
  /** Finds an action as it is now: a review whose time has passed is refused. */
  find(key: ActionKey): Promise<ActionRecord | undefined>;
  /**
   * Moves an action that is still as `action` shows it; `undefined` when something else moved it first.
   * @throws EngineError `transition_illegal`
   */
  move(action: ActionRecord, to: ActionState, details: MoveDetails): Promise<ActionRecord | undefined>;
}

export function createActionMoves({
  store,
  clock,
  audit,
}: Pick<EngineContext, "store" | "clock" | "audit">): ActionMoves {
  async function move(
    action: ActionRecord,
    to: ActionState,
    { actor, reason, ...changes }: MoveDetails,
  ): Promise<ActionRecord | undefined> {
    const { userId, action: code, idempotencyKey, actionId, state: from } = action;
    if (!isLegalTransition(from, to)) {
      throw new EngineError("transition_illegal", `An action does not move from ${from} to ${to}.`);
    }
    const at = clock.now();
    const { verificationMethod, verifiedByAuthenticatorId } = changes;
    const event: AuditEvent = {
      type: "action.transitioned",
      at,
      userId,
      action: code,
      actionId,
      from,
      state: to,
      ...(verificationMethod === undefined ? {} : { verificationMethod }),
      ...(verifiedByAuthenticatorId === undefined ? {} : { userAuthenticatorId: verifiedByAuthenticatorId }),
      ...(actor === undefined ? {} : { actor }),
      ...(reason === undefined ? {} : { reason }),
    };
    const moved = await store.transition(
      { key: { userId, action: code, idempotencyKey }, from, to, at, ...changes },
      event,
    );
    if (moved !== undefined) audit.tell(event);
    return moved;
  }

  return {
    move,
    async find(key) {
      const action = await store.findAction(key);
      if (action === undefined || !isOverdue(action, clock.now())) return action;
      return (await move(action, "REVIEW_FAILED", { reason: "review_expired" })) ?? store.findAction(key);
    },
  };
}

/** True for an open review whose time has passed. */
export function isOverdue({ state, review }: ActionRecord, now: number): boolean {
  return state === "REVIEW_REQUIRED" && (review === undefined || review.expiresAt <= now);
}
