import { type ActionState, isId } from "@require-action/core/provider";
import { type ActionTransitions, isLegalTransition, unsettledStates } from "../actions/transitions.ts";
import { isSameAddress, mailboxOf } from "../lib/address.ts";
import { deliver } from "../methods/delivery.ts";
import { adopt, withProvenAddresses } from "./authenticators.ts";
import type { Attempts } from "../context/attempt-limits.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { parseLimit, parseObject } from "../lib/arguments.ts";
import type { ActionRecord, DeviceRecord, UserChanges, UserRecord } from "../store/records.ts";
import type { Page, UserFilter } from "../store/filters.ts";
import { parseProfileField, profileFields } from "../lib/profile.ts";
import { parseCustom, parseUserId } from "../context/track-input.ts";

/** What the engine knows of users, for the application's backend. */
export interface Users {
  /**
   * Finds a user; `undefined` for one that was never seen. An address counts as verified where `update` says so or, where that
   * says nothing, while an authenticator is verified there. @throws EngineError `request_invalid`
   */
  find(userId: string): Promise<UserRecord | undefined>;
  /** Lists the users that have all of what is asked for. @throws EngineError `request_invalid` */
  query(filter: Partial<UserFilter>): Promise<Page<UserRecord>>;
  /**
   * Changes what is given, takes away what is `null`. Another e-mail address or phone number withdraws what was approved by a
   * code to the one before, and ends enrolments of that one. Authenticators stay at the addresses that they were proved for,
   * unless the call says that the new one is verified (`emailVerified`, `phoneNumberVerified`): then the user's authenticator
   * moves there, codes under way are void, and the address of before is told. @throws EngineError `request_invalid`
   */
  update(userId: string, changes: UserChanges): Promise<UserRecord>;
  /**
   * Takes away the user with all authenticators, devices and challenges. Tracked actions and audit events stay; what is open,
   * and what was approved, is blocked, so that nothing of it runs, nor counts for whoever is given the id next.
   */
  delete(userId: string): Promise<void>;
  /**
   * Makes void what the user, or somebody in their name, has begun: challenges and reviews that are open, approvals that were not
   * used, sessions and remembered devices, in every process, between approval and retry too. Authenticators stay, and what is
   * begun later is decided as ever. A repetition changes nothing more.
   * @param options `until`, in milliseconds since the epoch: what was begun by then; now by default, and never later. `reason`, for
   * the audit trail: an id, such as `session_revoked`; `revoked` by default
   * @throws EngineError `request_invalid`
   */
  revoke(userId: string, options?: { readonly until?: number; readonly reason?: string }): Promise<void>;
  /** Forgets the wrong answers of all the user's authenticators and enrolments. @throws EngineError `request_invalid` */
  unlock(userId: string): Promise<void>;
  /** Lists the devices on which the user completed a challenge. */
  devices(userId: string): Promise<readonly DeviceRecord[]>;
  /** Makes rules see the device as remembered until then; `null` forgets. @throws EngineError `not_found` */
  rememberDevice(userId: string, deviceId: string, until: number | null): Promise<DeviceRecord>;
  /** Makes rules see the device as new. @throws EngineError `not_found` */
  invalidateDevice(userId: string, deviceId: string): Promise<DeviceRecord>;
}

const readers = new Map<string, (value: unknown) => unknown>([
  ["email", (value) => parseProfileField("email", value)],
  ["emailVerified", (value) => flagOf("emailVerified", value)],
  ["phoneNumber", (value) => parseProfileField("phoneNumber", value)],
  ["phoneNumberVerified", (value) => flagOf("phoneNumberVerified", value)],
  ["username", (value) => parseProfileField("username", value)],
  ["displayName", (value) => nameOf("displayName", value)],
  ["locale", (value) => parseProfileField("locale", value)],
]);

/** Addresses of a user, and the methods that send codes to them. */
const addresses = [
  ["email", "EMAIL_OTP", "emailVerified"],
  ["email", "EMAIL_MAGIC_LINK", "emailVerified"],
  ["phoneNumber", "SMS", "phoneNumberVerified"],
  ["phoneNumber", "WHATSAPP", "phoneNumberVerified"],
] as const;

const PAGE = 200;
/** Rounds of a deletion against which new actions are tracked. */
const ROUNDS = 5;

export function createUsers(
  context: EngineContext,
  transitions: Pick<ActionTransitions, "move">,
  attempts: Pick<Attempts, "unlock">,
): Users {
  const { store, clock, audit, policy, methods, limits, sendNotice } = context;

  /** Moves the user's authenticator to an address that the backend has verified, and tells the address of before. */
  async function moveAuthenticator(
    { userId, locale }: UserRecord,
    [field, name]: (typeof addresses)[number],
    address: string,
  ): Promise<void> {
    const method = methods.get(name);
    const own = (await store.listAuthenticators(userId)).find(
      (one) => one.verificationMethod === name && one.verifiedAt !== undefined,
    );
    const from = own?.[field];
    if (method === undefined || from === undefined || isSameAddress(from, address)) return;
    await adopt(context, userId, method, { [field]: address });
    if (sendNotice === undefined) return;
    try {
      const notice = { kind: "address_changed", to: from, verificationMethod: name, userId, locale } as const;
      await deliver(sendNotice, notice, limits.deliveryTimeoutMs);
    } catch {
      await audit.append({ type: "notice.failed", at: clock.now(), userId, verificationMethod: name });
    }
  }

  /** Ends the enrolments of addresses that are no longer the user's: codes to them are void. */
  async function endEnrollments(
    userId: string,
    name: string,
    field: "email" | "phoneNumber",
    from: string,
  ): Promise<void> {
    for (const one of await store.listAuthenticators(userId)) {
      const address = one[field];
      const isPending = one.verificationMethod === name && one.verifiedAt === undefined;
      if (!isPending || address === undefined || !isSameAddress(address, from)) continue;
      const { userAuthenticatorId } = one;
      const event = {
        type: "authenticator.removed",
        at: clock.now(),
        userId,
        userAuthenticatorId,
        reason: "address_changed",
      } as const;
      if (await store.deleteAuthenticator(userId, userAuthenticatorId, event)) audit.emit(event);
    }
  }

  /** Blocks an action wherever somebody else transitions it meanwhile. */
  async function block(action: ActionRecord, reason: string): Promise<void> {
    let current: ActionRecord | undefined = action;
    while (current !== undefined && isLegalTransition(current.state, "BLOCK")) {
      if (await transitions.move(current, "BLOCK", { actor: "backend", reason })) return;
      current = await store.findAction(action);
    }
  }

  /** Blocks the user's actions in these states, and counts them. */
  async function blockAll(
    userId: string,
    states: readonly ActionState[],
    reason: string,
    isMeant: (action: ActionRecord) => boolean = () => true,
  ): Promise<number> {
    let blocked = 0;
    for (const state of states) {
      let after: string | undefined;
      do {
        const page = await store.listActions({ userId, state, limit: PAGE, ...(after === undefined ? {} : { after }) });
        for (const action of page.items.filter(isMeant)) {
          await block(action, reason);
          blocked++;
        }
        after = page.next;
      } while (after !== undefined);
    }
    return blocked;
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
    async find(userId) {
      const user = await store.findUser(parseUserId(userId));
      return user && withProvenAddresses(store, user);
    },
    query: async (filter) => {
      const { email, phoneNumber, ...others } = parseObject(filter, "filter");
      const page = await store.listUsers({
        ...others,
        // As they are kept; what is none finds nobody.
        ...(email === undefined ? {} : { email: profileFields.email.read(email) ?? email }),
        ...(phoneNumber === undefined
          ? {}
          : { phoneNumber: profileFields.phoneNumber.read(phoneNumber) ?? phoneNumber }),
        limit: parseLimit(filter.limit),
      });
      // Lists that people look at are only to find somebody by.
      if (filter.mayLag === true) return page;
      return { ...page, items: await Promise.all(page.items.map((user) => withProvenAddresses(store, user))) };
    },
    async update(userId, changes) {
      const { custom } = parseObject(changes, "changes");
      const { read, structured } = parseChanges(changes);
      // Now, rather than at the next decision that a mistyped data point would stop; what is no flat value is mistyped, too.
      if (read.custom) policy().parseUserCustom(custom);
      for (const name of structured) {
        audit.emit({
          type: "attribute.dropped",
          at: clock.now(),
          userId: parseUserId(userId),
          reason: `custom.${name}`,
        });
      }
      const before =
        read.email === undefined && read.phoneNumber === undefined
          ? undefined
          : await store.findUser(parseUserId(userId));
      const updated = await store.updateUser(parseUserId(userId), read, clock.now());
      for (const address of addresses) {
        const [field, method, verified] = address;
        const [from, to] = [before?.[field], updated[field]];
        if (read[verified] === true && to !== undefined) await moveAuthenticator(updated, address, to);
        if (from === undefined || (to !== undefined && mailboxOf(from) === mailboxOf(to))) continue;
        await blockAll(
          userId,
          ["CHALLENGE_SUCCEEDED"],
          "address_changed",
          (action) => action.verificationMethod === method,
        );
        await endEnrollments(userId, method, field, from);
      }
      return withProvenAddresses(store, updated);
    },
    async delete(userId) {
      const event = { type: "user.deleted", at: clock.now(), userId: parseUserId(userId), actor: "backend" } as const;
      const endAll = (): Promise<number> => blockAll(userId, unsettledStates, "user_deleted");
      await endAll();
      // Whoever has the id next has guessed at nothing.
      await attempts.unlock(userId);
      await store.deleteUser(userId, event);
      // What was tracked while the user was still there, and may have brought a device back as it was completed; and recovery
      // codes whose enrolment saw the user's authenticator until the deletion was committed.
      const isLeft = async (): Promise<boolean> =>
        (await endAll()) > 0 || (await store.listAuthenticators(userId)).length > 0;
      for (let round = 0; round < ROUNDS && (await isLeft()); round++) await store.deleteUser(userId, event);
      audit.emit(event);
    },
    async revoke(userId, options = {}) {
      const now = clock.now();
      const { until = now, reason = "revoked" } = parseObject(options, "options");
      if (!Number.isSafeInteger(until) || until < 0) {
        throw new EngineError("request_invalid", "until must be a time in milliseconds.", { field: "until" });
      }
      if (!isId(reason)) throw new EngineError("request_invalid", "reason is not an id.", { field: "reason" });
      const before = (await store.findUser(parseUserId(userId)))?.revokedUntil ?? 0;
      // Approvals first: a session that begins of one of them meanwhile looks at its approval again.
      await store.updateUser(userId, { revokedUntil: Math.max(before, Math.min(until, now)) }, now);
      const event = { type: "user.revoked", at: now, userId, actor: "backend", reason } as const;
      await store.endSessions(userId, event);
      audit.emit(event);
      // The others end where they are looked up. These are in a list that reviewers look at.
      await blockAll(userId, ["REVIEW_REQUIRED"], "user_revoked", ({ createdAt }) => createdAt <= until);
    },
    async unlock(userId) {
      await attempts.unlock(parseUserId(userId));
      await audit.append({ type: "user.unlocked", at: clock.now(), userId, actor: "backend" });
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

function parseChanges({ custom, ...changes }: UserChanges): {
  readonly read: UserChanges;
  readonly structured: readonly string[];
} {
  const read: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const reader = readers.get(field);
    if (reader === undefined) throw new EngineError("request_invalid", "A field is not one of a user.");
    // What databases and forms hold where there is nothing takes the field away.
    read[field] = value === null || value === "" ? null : reader(value);
  }
  if (custom === null) read["custom"] = null;
  if (custom === undefined || custom === null) return { read, structured: [] };
  const { fields, structured } = parseCustom(custom);
  return { read: { ...read, custom: fields }, structured };
}

function flagOf(field: string, value: unknown): boolean {
  if (typeof value !== "boolean")
    throw new EngineError("request_invalid", `${field} must be true or false.`, { field });
  return value;
}

function nameOf(field: string, value: unknown): string {
  if (isId(value)) return value;
  throw new EngineError("request_invalid", `${field} must be ${profileFields.username.expected}.`, { field });
}
