import type { Attempts, AttemptLock } from "../context/attempt-limits.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { parseUserId } from "../context/track-input.ts";
import { isId } from "@require-action/core/provider";
import { type ChangedBy, parseBy, parseLimit } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import { profileFields } from "../lib/profile.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { UserRecord } from "../store/records.ts";

const DEFAULT_FOUND = 20;

/** A user who was looked for. */
export interface FoundUser {
  readonly userId: string;
  /** Absent for one of whom no more is known than actions or authenticators. */
  readonly user?: UserRecord;
}

/** What of a user's is locked. */
export interface UserLocks {
  /** All of the authenticators that somebody could guess at. */
  readonly isLocked: boolean;
  readonly authenticators: readonly ({ readonly userAuthenticatorId: string } & AttemptLock)[];
}

/** What people do for users who ask for help. Each change is in the audit trail, with who made it and why. */
export interface UserSupport {
  /**
   * Looks for users by all of a text: their id, e-mail address, phone number or username, and an address of their verified
   * authenticators. An address is found as it was recorded, or in lower case.
   * @throws EngineError `request_invalid`
   */
  search(text: string, limit?: number): Promise<readonly FoundUser[]>;
  /** Tells which of the user's methods are locked by wrong answers, and until when. */
  locks(userId: string): Promise<UserLocks>;
  /** Forgets wrong answers: those of one authenticator, or of all and of enrolments. @throws EngineError `not_found` */
  unlock(userId: string, by: ChangedBy, userAuthenticatorId?: string): Promise<void>;
  /**
   * Takes an authenticator away. A user without any enrols the next one by no more than being signed in.
   * @throws EngineError `not_found`
   */
  removeAuthenticator(userId: string, userAuthenticatorId: string, by: ChangedBy): Promise<void>;
  /** Forgets a device: a remembered one is challenged again, and rules see one that was known as new. @throws EngineError `not_found` */
  revokeDevice(userId: string, deviceId: string, by: ChangedBy): Promise<void>;
  /** Ends all sessions that approvals began, and remembered devices with them. */
  endSessions(userId: string, by: ChangedBy): Promise<void>;
}

export function createUserSupport(
  { store, clock, audit }: Pick<EngineContext, "store" | "clock" | "audit">,
  attempts: Pick<Attempts, "lockOf" | "unlock">,
): UserSupport {
  async function authenticatorOf(userId: string, userAuthenticatorId: string) {
    const records = await store.listAuthenticators(parseUserId(userId));
    const found = records.find((one) => one.userAuthenticatorId === userAuthenticatorId);
    if (found === undefined) throw new EngineError("not_found", "The user has no such authenticator.");
    return found;
  }

  /** Ids of users who have an address, by their own record and by their authenticators. */
  async function idsByAddress(
    name: "email" | "phoneNumber",
    address: string,
    limit: number,
  ): Promise<readonly string[]> {
    const by = name === "email" ? { email: address } : { phoneNumber: address };
    const [users, owners] = await Promise.all([store.listUsers({ ...by, limit }), store.listOwners(by, limit)]);
    return [...users.items.map(({ userId }) => userId), ...owners];
  }

  /** Anything that is known of an id. */
  async function isKnown(userId: string): Promise<boolean> {
    const [user, authenticators, actions] = await Promise.all([
      store.findUser(userId),
      store.listAuthenticators(userId),
      store.listActions({ userId, limit: 1 }),
    ]);
    return user !== undefined || authenticators.length > 0 || actions.items.length > 0;
  }

  return {
    async search(text, limit = DEFAULT_FOUND) {
      const most = parseLimit(limit);
      const given = typeof text === "string" ? text.trim() : "";
      if (given === "" || !given.isWellFormed() || given.includes("\0")) {
        throw new EngineError("request_invalid", "What to look for is missing.", { field: "search" });
      }
      const email = profileFields.email.read(given);
      const phone = profileFields.phoneNumber.read(given);
      const addresses = [...new Set(email === undefined ? [] : [email, email.toLowerCase()])].map((one) =>
        idsByAddress("email", one, most),
      );
      if (phone !== undefined) addresses.push(idsByAddress("phoneNumber", phone, most));
      const names = isId(given) ? store.listUsers({ username: given, limit: most }) : undefined;
      const isUser = isId(given) && (await isKnown(given));
      const ids = new Set([
        ...(isUser ? [given] : []),
        ...(await Promise.all(addresses)).flat(),
        ...((await names)?.items ?? []).map(({ userId }) => userId),
      ]);
      return Promise.all(
        [...ids].slice(0, most).map(async (userId) => {
          const user = await store.findUser(userId);
          return { userId, ...(user === undefined ? {} : { user }) };
        }),
      );
    },
    async locks(userId) {
      const records = await store.listAuthenticators(parseUserId(userId));
      const { isLocked } = await attempts.lockOf(userId);
      const authenticators = await Promise.all(
        records.map(async (one) => ({
          userAuthenticatorId: one.userAuthenticatorId,
          ...(await attempts.lockOf(userId, one)),
        })),
      );
      return { isLocked, authenticators };
    },
    async unlock(userId, by, userAuthenticatorId) {
      const details = { at: clock.now(), userId: parseUserId(userId), ...parseBy(by) };
      if (userAuthenticatorId === undefined) {
        await attempts.unlock(userId);
        await audit.append({ type: "user.unlocked", ...details });
        return;
      }
      await attempts.unlock(userId, await authenticatorOf(userId, userAuthenticatorId));
      await audit.append({ type: "authenticator.unlocked", ...details, userAuthenticatorId });
    },
    async removeAuthenticator(userId, userAuthenticatorId, by) {
      const { verificationMethod } = await authenticatorOf(userId, userAuthenticatorId);
      const event: AuditEvent = {
        type: "authenticator.removed",
        at: clock.now(),
        userId,
        userAuthenticatorId,
        verificationMethod,
        ...parseBy(by),
      };
      if (!(await store.deleteAuthenticator(userId, userAuthenticatorId, event))) {
        throw new EngineError("not_found", "The user has no such authenticator.");
      }
      audit.emit(event);
    },
    async revokeDevice(userId, deviceId, by) {
      if (!isId(deviceId)) throw new EngineError("request_invalid", "deviceId is not an id.", { field: "deviceId" });
      const at = clock.now();
      const event: AuditEvent = { type: "device.revoked", at, userId: parseUserId(userId), deviceId, ...parseBy(by) };
      const remembered = await store.findSession(deviceId);
      if (remembered?.kind === "device" && remembered.userId === userId) {
        if (await store.endSession(deviceId, event)) audit.emit(event);
        return;
      }
      const known = await store.updateDevice(userId, deviceId, { invalidatedAt: at, rememberedUntil: null });
      if (known === undefined) throw new EngineError("not_found", "The user has no such device.");
      await audit.append(event);
    },
    async endSessions(userId, by) {
      const event: AuditEvent = { type: "session.ended", at: clock.now(), userId: parseUserId(userId), ...parseBy(by) };
      await store.endSessions(userId, event);
      audit.emit(event);
    },
  };
}
