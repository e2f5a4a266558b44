import { type ActionState, isId } from "@require-action/core";
import type { ActionMoves } from "./action-moves.ts";
import { isEmailAddress } from "./email-address.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import { parseLimit } from "./page-limit.ts";
import type { DeviceRecord, UserChanges, UserRecord } from "./store/records.ts";
import type { Page, UserFilter } from "./store/store.ts";
import { isPhoneNumber, parseCustomFields, parseUserId } from "./track-input.ts";

/** What the engine knows of users, for the application's backend. */
export interface Users {
  /** Finds a user; `undefined` for one that was never seen. @throws EngineError `request_invalid` */
  find(userId: string): Promise<UserRecord | undefined>;
  /** Lists the users that have all of what is asked for. @throws EngineError `request_invalid` */
  query(filter: Partial<UserFilter>): Promise<Page<UserRecord>>;
  /** Changes what is given, takes away what is `null`. @throws EngineError `request_invalid` */
  update(userId: string, changes: UserChanges): Promise<UserRecord>;
  /**
   * Takes away the user with all authenticators and devices. Tracked actions and audit events stay; challenges that are open,
   * or were just completed, are blocked, as their tokens would let the bearer enrol anew.
   */
  delete(userId: string): Promise<void>;
  /** Lists the devices on which the user completed a challenge. */
  devices(userId: string): Promise<readonly DeviceRecord[]>;
  /** Makes rules see the device as remembered until then; `null` forgets. @throws EngineError `not_found` */
  rememberDevice(userId: string, deviceId: string, until: number | null): Promise<DeviceRecord>;
  /** Makes rules see the device as new. @throws EngineError `not_found` */
  invalidateDevice(userId: string, deviceId: string): Promise<DeviceRecord>;
}

const fields = new Map<string, (value: unknown) => boolean>([
  ["email", isEmailAddress],
  ["emailVerified", isBoolean],
  ["phoneNumber", isPhoneNumber],
  ["phoneNumberVerified", isBoolean],
  ["username", isId],
  ["displayName", isId],
  ["locale", isId],
]);

const PAGE = 200;
/** No token of a completed challenge, nor one that a server makes of it, lasts longer, whatever the clocks of two processes say. */
const LONGEST_RESULT_MS = 60 * 60_000;

export function createUsers({ store, clock, audit, policy }: EngineContext, moves: Pick<ActionMoves, "move">): Users {
  async function blockAll(userId: string, state: ActionState, since = Number.NEGATIVE_INFINITY): Promise<void> {
    let after: string | undefined;
    do {
      const page = await store.listActions({
        userId,
        state,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const action of page.items) {
        // By when it came there: one that was tracked long ago may have been asked for, and completed, just now.
        if (action.stateUpdatedAt < since) continue;
        await moves.move(action, "BLOCK", { actor: "backend", reason: "user_deleted" });
      }
      after = page.next;
    } while (after !== undefined);
  }

  async function changeDevice(
    userId: string,
    deviceId: string,
    changes: Parameters<typeof store.updateDevice>[2],
  ): Promise<DeviceRecord> {
    const device = await store.updateDevice(parseUserId(userId), deviceId, changes);
    if (device === undefined) throw new EngineError("not_found", "The user has no such device.");
    return device;
  }

  return {
    find: async (userId) => store.findUser(parseUserId(userId)),
    query: async (filter) => store.listUsers({ ...filter, limit: parseLimit(filter.limit) }),
    async update(userId, changes) {
      const read = parseChanges(changes);
      // Now, rather than at the next decision that a mistyped data point would stop.
      if (read.custom) policy().parseUserCustom(read.custom);
      return store.updateUser(parseUserId(userId), read, clock.now());
    },
    async delete(userId) {
      const event = { type: "user.deleted", at: clock.now(), userId: parseUserId(userId), actor: "backend" } as const;
      await blockAll(userId, "CHALLENGE_REQUIRED");
      await blockAll(userId, "CHALLENGE_SUCCEEDED", clock.now() - LONGEST_RESULT_MS);
      await store.deleteUser(userId, event);
      audit.tell(event);
    },
    devices: async (userId) => store.listDevices(parseUserId(userId)),
    async rememberDevice(userId, deviceId, until) {
      if (until !== null && !Number.isSafeInteger(until)) {
        throw new EngineError("request_invalid", "until must be a time in milliseconds, or null.");
      }
      return changeDevice(userId, deviceId, { rememberedUntil: until });
    },
    invalidateDevice: async (userId, deviceId) =>
      changeDevice(userId, deviceId, { invalidatedAt: clock.now(), rememberedUntil: null }),
  };
}

function parseChanges({ custom, ...changes }: UserChanges): UserChanges {
  const read: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const accepts = fields.get(field);
    if (accepts === undefined || (value !== null && !accepts(value))) {
      throw new EngineError("request_invalid", `${accepts === undefined ? "A field" : field} is not one of a user.`);
    }
    read[field] = value;
  }
  if (custom !== undefined) read["custom"] = custom === null ? null : parseCustomFields(custom);
  return read;
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}
