import type { ActionState } from "@require-action/core/provider";
import { passGate } from "../context/approval-gate.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { recoveryCodeMethod } from "../methods/recovery-code.ts";
import type { CompiledPolicy } from "../policy/model/types.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import { createApproval, createCeremony } from "../receipts/statement.ts";
import type { ActionKey, ActionRecord, AuthenticatorRecord, UserRecord } from "../store/records.ts";
import type { ApprovalRecord, ReviewRecord } from "../store/receipt-records.ts";
import { reviewStatus } from "../store/filters.ts";

/** Every move that an action may make. What is not here does not happen: a refusal never becomes an approval. */
const transitions: ReadonlyMap<ActionState, readonly ActionState[]> = new Map<ActionState, readonly ActionState[]>([
  ["CHALLENGE_REQUIRED", ["CHALLENGE_SUCCEEDED", "CHALLENGE_FAILED", "REVIEW_REQUIRED", "BLOCK"]],
  // As one of several approvals that are needed, too.
  ["REVIEW_REQUIRED", ["REVIEW_REQUIRED", "REVIEW_SUCCEEDED", "REVIEW_FAILED", "BLOCK"]],
  // An approval can be withdrawn.
  ["ALLOW", ["BLOCK"]],
  ["CHALLENGE_SUCCEEDED", ["BLOCK"]],
  ["REVIEW_SUCCEEDED", ["BLOCK"]],
  ["CHALLENGE_FAILED", []],
  ["REVIEW_FAILED", []],
  ["BLOCK", []],
]);

/** True when an action may move from one state to the other. */
export function isLegalTransition(from: ActionState, to: ActionState): boolean {
  return transitions.get(from)?.includes(to) ?? false;
}

/** What a move brings with it. */
interface MoveDetails {
  readonly verificationMethod?: string;
  readonly verifiedByAuthenticatorId?: string;
  /** What the user's device has signed; of any other approval the engine makes the record. */
  readonly approval?: ApprovalRecord;
  readonly authenticatedDeviceId?: string;
  readonly resultKeyHash?: string;
  readonly deniedByUser?: true;
  readonly review?: ReviewRecord;
  readonly ifVotes?: number;
  readonly actor?: string;
  readonly reason?: string;
  readonly note?: string;
}

/** The only way an action changes its state. */
export interface ActionTransitions {
  /**
   * Finds an action as it is now: refuses a review whose time has passed, withdraws an approval whose authenticator has been
   * removed since, and ends what the user's revocation has made void.
   */
  find(key: ActionKey): Promise<ActionRecord | undefined>;
  /**
   * Moves an action that is still as `action` shows it; `undefined` when something else moved it first.
   * @throws EngineError `transition_illegal`; `action_unknown` for an approval of an action that the policy in force has
   * dropped and refuses
   */
  move(action: ActionRecord, to: ActionState, details: MoveDetails): Promise<ActionRecord | undefined>;
}

export function createActionTransitions({
  store,
  clock,
  audit,
  policy,
  limits,
  beforeApproval,
  issuer,
}: Pick<
  EngineContext,
  "store" | "clock" | "audit" | "policy" | "limits" | "beforeApproval" | "issuer"
>): ActionTransitions {
  async function move(
    action: ActionRecord,
    to: ActionState,
    { actor, reason, note, ...changes }: MoveDetails,
  ): Promise<ActionRecord | undefined> {
    const { userId, action: code, idempotencyKey, actionId, state: from } = action;
    if (!isLegalTransition(from, to)) {
      throw new EngineError("transition_illegal", `An action does not move from ${from} to ${to}.`);
    }
    if (approvals.has(to)) refuseDropped(policy(), code);
    const { verificationMethod, verifiedByAuthenticatorId } = changes;
    if (to === "CHALLENGE_SUCCEEDED" && beforeApproval !== undefined) await askBefore(beforeApproval, action, changes);
    const at = clock.now();
    const event: AuditEvent = {
      type: eventTypeOf(from, to, changes),
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
      ...(note === undefined ? {} : { note }),
    };
    const { approval = approvals.has(to) ? createApproval(createCeremony(issuer, action)) : undefined } = changes;
    const about = approval === undefined ? {} : { approval };
    const moved = await store.transition(
      { key: { userId, action: code, idempotencyKey }, from, to, at, ...changes, ...about },
      event,
    );
    if (moved !== undefined) audit.emit(event);
    return moved;
  }

  /** Nothing moves unless the application agrees. */
  async function askBefore(
    ask: NonNullable<typeof beforeApproval>,
    { userId, action, idempotencyKey, actionId }: ActionRecord,
    { verificationMethod, verifiedByAuthenticatorId }: MoveDetails,
  ): Promise<void> {
    const at = clock.now();
    const by = {
      ...(verificationMethod === undefined ? {} : { verificationMethod }),
      ...(verifiedByAuthenticatorId === undefined ? {} : { userAuthenticatorId: verifiedByAuthenticatorId }),
    };
    try {
      await passGate(ask, { userId, action, idempotencyKey, at, ...by }, limits.deliveryTimeoutMs);
    } catch (error) {
      const reason = error instanceof EngineError ? error.reason : "lookup_failed";
      await audit.append({ type: "challenge.refused", at, userId, action, actionId, reason, ...by });
      throw error;
    }
  }

  return {
    move,
    async find(key) {
      const action = await store.findAction(key);
      if (action === undefined) return undefined;
      let ended: Promise<ActionRecord | undefined> | undefined;
      if (isOverdue(action, clock.now())) {
        ended = move(action, "REVIEW_FAILED", { reason: "review_expired" });
      } else if (isRevoked(action)) {
        ended = move(action, "BLOCK", { reason: "user_revoked" });
      } else if (action.state === "CHALLENGE_SUCCEEDED") {
        const authenticators = await store.listAuthenticators(action.userId);
        if (!isProved(action, authenticators)) ended = move(action, "BLOCK", { reason: "authenticator_removed" });
      }
      return ended === undefined ? action : ((await ended) ?? store.findAction(key));
    },
  };
}

function eventTypeOf(from: ActionState, to: ActionState, { deniedByUser }: MoveDetails): AuditEvent["type"] {
  if (deniedByUser === true) return "challenge.denied_by_user";
  return from === to ? "review.approved_by_one" : "action.transitioned";
}

const approvals: ReadonlySet<ActionState> = new Set<ActionState>(["CHALLENGE_SUCCEEDED", "REVIEW_SUCCEEDED"]);

/** What the policy in force does not decide any more is not approved under it either. */
function refuseDropped({ unknownActions, action }: CompiledPolicy, code: string): void {
  if (unknownActions !== "refuse" || action(code) !== undefined) return;
  throw new EngineError("action_unknown", "The policy no longer names this action.");
}

/**
 * True for an approval whose authenticator the user still has. Recovery codes that were used up by it are gone without having
 * been removed: that approval ends when there are new ones.
 */
function isProved(
  { verifiedByAuthenticatorId, verificationMethod, stateUpdatedAt }: ActionRecord,
  authenticators: readonly AuthenticatorRecord[],
): boolean {
  if (verifiedByAuthenticatorId !== undefined) {
    return authenticators.some(
      ({ userAuthenticatorId, verifiedAt }) =>
        userAuthenticatorId === verifiedByAuthenticatorId && verifiedAt !== undefined,
    );
  }
  if (verificationMethod !== recoveryCodeMethod) return true;
  return !authenticators.some(
    (one) => one.verificationMethod === recoveryCodeMethod && (one.verifiedAt ?? 0) >= stateUpdatedAt,
  );
}

/** True for an action that was begun before its user's revocation, and of which something could still come. */
function isRevoked({ state, createdAt, revokedUntil }: ActionRecord & Pick<UserRecord, "revokedUntil">): boolean {
  return revokedUntil !== undefined && createdAt <= revokedUntil && unsettledStates.includes(state);
}

/**
 * States that something can still come of. In the order in which actions move, so that one which moves on while they are
 * looked through is found in a later one.
 */
export const unsettledStates: readonly ActionState[] = [
  "CHALLENGE_REQUIRED",
  "REVIEW_REQUIRED",
  "CHALLENGE_SUCCEEDED",
  "REVIEW_SUCCEEDED",
];

/** True for an open review whose time has passed. */
export function isOverdue(action: ActionRecord, now: number): boolean {
  return action.state === "REVIEW_REQUIRED" && reviewStatus(action, now) === "expired";
}
