import type { CustomValue } from "@require-action/core/provider";
import type { ActionTransitions } from "../actions/transitions.ts";
import { asksToEndSessions } from "../context/denial-hook.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { assertOpen, type Bearer, type Bearers } from "./bearer.ts";
import { readerLocale } from "./issue-challenge.ts";
import { shownFields } from "../receipts/shown-fields.ts";
import type { ActionRecord } from "../store/records.ts";

/** What the reader of a code can do who did not ask for one. They receive nothing. */
export interface Denials {
  /**
   * Returns what was asked for, and where. Changes nothing.
   * @param link the member `link` of the message's `denyUrl`
   * @throws EngineError `token_invalid` or `token_expired`
   */
  describe(link: unknown): Promise<DeniableAction>;
  /**
   * Ends the action as failed, as `engine.challenges.deny` does.
   * @throws EngineError as {@link describe}, and `challenge_not_open` once it was approved or has ended otherwise
   */
  deny(link: unknown): Promise<void>;
}

/** An action as it is shown to somebody who perhaps did not ask for it. */
export interface DeniableAction {
  readonly action: string;
  /** As `CodeMessage` has it. */
  readonly custom: Readonly<Record<string, CustomValue>>;
  /** When it was asked for, in milliseconds since the epoch. */
  readonly askedAt: number;
  /** What `track` said of the browser. */
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
  /** As `CodeMessage` has it. */
  readonly locale?: string | undefined;
}

/** Ends an action whose user did not ask for it. Repeating it changes nothing. @throws EngineError `challenge_not_open` */
export type DenyAction = (action: ActionRecord) => Promise<void>;

export function createDenyAction(
  { store, clock, audit, limits, onDeniedByUser }: EngineContext,
  transitions: ActionTransitions,
): DenyAction {
  /** Nothing of this opens the action again: what fails here is reported, and left to the application. */
  async function endSessions({ userId, action, idempotencyKey, actionId, attributes }: ActionRecord): Promise<void> {
    if (onDeniedByUser === undefined) return;
    const at = clock.now();
    const { ipAddress, userAgent, deviceId } = attributes;
    const from = {
      ...(ipAddress === undefined ? {} : { ipAddress }),
      ...(userAgent === undefined ? {} : { userAgent }),
      ...(deviceId === undefined ? {} : { deviceId }),
    };
    try {
      const denied = { userId, action, idempotencyKey, at, ...from };
      if (!(await asksToEndSessions(onDeniedByUser, denied, limits.deliveryTimeoutMs))) return;
      const ended = { type: "session.ended", at: clock.now(), userId, actionId, reason: "denied_by_user" } as const;
      await store.endSessions(userId, ended);
      audit.emit(ended);
    } catch {
      await audit.append({ type: "challenge.denial_unanswered", at, userId, action, actionId });
    }
  }

  return async (action) => {
    let current: ActionRecord | undefined = action;
    if (current.state === "CHALLENGE_REQUIRED") {
      const moved = await transitions.move(current, "CHALLENGE_FAILED", { deniedByUser: true });
      if (moved !== undefined) return endSessions(moved);
      current = await transitions.find(action);
    }
    if (current?.deniedByUser !== true) {
      throw new EngineError("challenge_not_open", "The challenge is no longer open.");
    }
  };
}

/** Denies the action of a challenge token's bearer. @throws EngineError `challenge_not_open` */
export async function denyAsBearer(bearers: Bearers, bearer: Bearer, denyAction: DenyAction): Promise<void> {
  await bearers.recordingRefusal("challenge.refused", bearer, undefined, async () => {
    const isRepeated = bearer.claims.kind === "challenge" && bearer.action.deniedByUser === true;
    if (!isRepeated) assertOpen(bearer);
    await denyAction(bearer.action);
  });
}

export function createDenials(
  { tokens, store }: Pick<EngineContext, "tokens" | "store">,
  transitions: Pick<ActionTransitions, "find">,
  denyAction: DenyAction,
): Denials {
  async function find(link: unknown): Promise<ActionRecord> {
    const action = await transitions.find(tokens.read(link, ["denial"]));
    if (action === undefined) throw new EngineError("token_invalid", "The link is not valid here.");
    return action;
  }

  return {
    async describe(link) {
      const action = await find(link);
      const { ipAddress, userAgent } = action.attributes;
      return {
        action: action.action,
        custom: shownFields(action),
        askedAt: action.createdAt,
        ipAddress,
        userAgent,
        locale: await readerLocale(store, action),
      };
    },
    deny: async (link) => denyAction(await find(link)),
  };
}
