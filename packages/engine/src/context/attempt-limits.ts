import type { AuditEvent, AuditEventType } from "../store/audit-event.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { AttemptCount, KeyParts } from "../store/store.ts";
import type { AuthenticatorRecord } from "../store/records.ts";
import {
  type AddressLimits,
  beginWindow,
  type CodeAddress,
  type CodeSource,
  createAddressLimits,
  endWindow,
  windowEndOf,
} from "./address-limits.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Longer than anything lives: a count that only success or an operator ends. */
const FOR_EVER_MS = 10 * 365 * DAY_MS;
/** Whoever has a session of a user without authenticators could use these up, and keep them from ever having one. */
const ENROLLMENT_FAILURES_MS = 30 * DAY_MS;

/** What limits guessing and sending. Everything is counted before it is done, in one atomic step. */
export interface Attempts {
  /** Counts an answer before it is compared. @throws EngineError `too_many_attempts` */
  countAnswer(authenticator: AuthenticatorRecord, from?: CodeSource): Promise<void>;
  /** Counts what matters only of a wrong answer, once compared. */
  countWrong(authenticator: AuthenticatorRecord, from: CodeSource): Promise<void>;
  /**
   * After a right answer: ends the count of its authenticator, and the user's. An answer that nobody guesses ends the locks of
   * the user's other authenticators too.
   */
  succeeded(authenticator: AuthenticatorRecord, from?: CodeSource): Promise<void>;
  /** Ends the counts and locks of one of the user's authenticators, or of all of them and of enrolments. */
  unlock(userId: string, only?: AuthenticatorRecord): Promise<void>;
  /**
   * Whether one of the user's authenticators is locked until it is unlocked, and until when its wrong answers of late count; without
   * one, whether all of them are that somebody could guess at.
   */
  lockOf(userId: string, only?: AuthenticatorRecord): Promise<AttemptLock>;
  /** Counts a code before it is sent. @throws EngineError `too_many_sends` */
  countSend(authenticator: AuthenticatorRecord, from: CodeSource): Promise<void>;
  readonly addresses: AddressLimits;
}

/** What has been counted of wrong answers. */
export interface AttemptLock {
  /** Until an operator unlocks it, or its owner answers rightly with what nobody guesses. */
  readonly isLocked: boolean;
  /** Milliseconds since the epoch. */
  readonly countedUntil?: number;
}

export function createAttempts({
  store,
  clock,
  limits,
  audit,
  methods,
}: Pick<EngineContext, "store" | "clock" | "limits" | "audit" | "methods">): Attempts {
  const addresses = createAddressLimits({ store, clock, append: audit.append });
  const isGuessable = (method: string): boolean => methods.get(method)?.isGuessable ?? true;

  function refuse(reason: "too_many_attempts" | "too_many_sends", endsAt: number | undefined): never {
    throw new EngineError(
      reason,
      reason === "too_many_sends"
        ? "Too many codes were sent. Wait."
        : "Too many wrong answers. Wait, or use another method.",
      endsAt === undefined ? {} : { retryAfterSeconds: Math.ceil((endsAt - clock.now()) / 1000) },
    );
  }

  const count = (key: KeyParts, limit: number, windowMs: number): Promise<AttemptCount> =>
    store.countAttempt(key, limit, windowMs, clock.now());

  /** Records that something is locked until it is unlocked, once. */
  async function lock(type: AuditEventType, key: KeyParts, event: Omit<AuditEvent, "type" | "at">): Promise<void> {
    const isFirst = await beginWindow(store, ["locked", ...key], FOR_EVER_MS, clock.now());
    if (isFirst) await audit.append({ type, at: clock.now(), ...event });
  }

  async function forget(subject: KeyParts): Promise<void> {
    for (const name of ["answers", "failures"]) await store.resetAttempts([name, ...subject]);
    await endWindow(store, ["locked", ...subject]);
  }

  async function forgetUser(userId: string): Promise<void> {
    await store.resetAttempts(["failures", userId]);
    await endWindow(store, ["locked", userId]);
  }

  const isLocked = async (subject: KeyParts): Promise<boolean> =>
    (await windowEndOf(store, ["locked", ...subject], clock.now())) !== undefined;

  return {
    addresses,
    async countAnswer(authenticator, from = {}) {
      const { userId, userAuthenticatorId, verificationMethod, verifiedAt } = authenticator;
      const subject = subjectOf(authenticator);
      const isEnrolled = verifiedAt !== undefined;
      const countsForUser = isEnrolled && isGuessable(verificationMethod);
      // Refused before anything is counted, so that authenticators are not locked by what nobody looks at.
      if (countsForUser && (await isLocked([userId]))) refuse("too_many_attempts", undefined);
      const answers = await count(["answers", ...subject], limits.attempts, limits.attemptWindowMs);
      if (!answers.allowed) refuse("too_many_attempts", answers.endsAt);
      const lastingMs = isEnrolled ? FOR_EVER_MS : ENROLLMENT_FAILURES_MS;
      const failures = await count(["failures", ...subject], limits.consecutiveFailures, lastingMs);
      if (!failures.allowed) {
        if (!isEnrolled) refuse("too_many_attempts", failures.endsAt);
        await lock("authenticator.locked", subject, { userId, userAuthenticatorId, verificationMethod });
        refuse("too_many_attempts", undefined);
      }
      if (countsForUser) {
        // Whichever of them is tried: somebody who guesses at all of a user's codes has no more guesses for it.
        const { allowed } = await count(["failures", userId], limits.consecutiveFailures, FOR_EVER_MS);
        if (!allowed) {
          await lock("user.locked", [userId], { userId, verificationMethod });
          refuse("too_many_attempts", undefined);
        }
      }
      const unproved = unprovedAddress(authenticator);
      if (unproved === undefined) return;
      const { allowed, endsAt } = await addresses.countAnswer(unproved, from);
      if (!allowed) refuse("too_many_attempts", endsAt);
    },
    async countWrong(authenticator, from) {
      const unproved = unprovedAddress(authenticator);
      if (unproved !== undefined) await addresses.countWrong(unproved, from, { userId: authenticator.userId });
    },
    async succeeded(authenticator, from = {}) {
      const { userId, userAuthenticatorId, verificationMethod, verifiedAt } = authenticator;
      await forget(subjectOf(authenticator));
      const unproved = unprovedAddress(authenticator);
      if (unproved !== undefined) await addresses.proved(unproved, from);
      if (verifiedAt === undefined) return;
      if (!isGuessable(verificationMethod)) {
        const others = await store.listAuthenticators(userId);
        const locks = await Promise.all([[userId], ...others.map(subjectOf)].map(isLocked));
        if (locks.includes(true)) {
          for (const other of others) await forget(subjectOf(other));
          const event = {
            type: "user.unlocked",
            at: clock.now(),
            userId,
            userAuthenticatorId,
            reason: "proved",
          } as const;
          await forgetUser(userId);
          await audit.append(event);
          return;
        }
      }
      await store.resetAttempts(["failures", userId]);
    },
    async unlock(userId, only) {
      const unlocked = only === undefined ? await store.listAuthenticators(userId) : [only];
      for (const authenticator of unlocked) await forget(subjectOf(authenticator));
      if (only === undefined) for (const name of methods.keys()) await forget(enrollmentOf(userId, name));
      await forgetUser(userId);
    },
    async lockOf(userId, only) {
      const subject = only === undefined ? [userId] : subjectOf(only);
      const countedUntil =
        only === undefined ? undefined : await windowEndOf(store, ["answers", ...subject], clock.now());
      return { isLocked: await isLocked(subject), ...(countedUntil === undefined ? {} : { countedUntil }) };
    },
    async countSend(authenticator, from) {
      const { sends, sendWindowMs } = limits;
      const own = await count(["sends", ...subjectOf(authenticator)], sends, sendWindowMs);
      if (!own.allowed) refuse("too_many_sends", own.endsAt);
      // While nobody has proved that the address is theirs, it is not to be flooded from many accounts either.
      const unproved = unprovedAddress(authenticator);
      if (unproved === undefined) return;
      const { allowed, endsAt } = await addresses.countSend(unproved, from, sends, sendWindowMs);
      if (!allowed) refuse("too_many_sends", endsAt);
    },
  };
}

/** The address of an enrolment: codes to it are for whoever names it, of whichever account. */
function unprovedAddress({
  verificationMethod,
  verifiedAt,
  email,
  phoneNumber,
}: AuthenticatorRecord): CodeAddress | undefined {
  const address = email ?? phoneNumber;
  return verifiedAt === undefined && address !== undefined ? { verificationMethod, address } : undefined;
}

/**
 * Whose attempts are counted together: those of one authenticator, whatever the session or the code. Beginning an
 * enrolment again makes another authenticator, so unfinished ones count as one.
 */
function subjectOf({ userId, userAuthenticatorId, verificationMethod, verifiedAt }: AuthenticatorRecord): KeyParts {
  return verifiedAt === undefined
    ? enrollmentOf(userId, verificationMethod)
    : [userId, "authenticator", userAuthenticatorId];
}

function enrollmentOf(userId: string, verificationMethod: string): KeyParts {
  return [userId, "enrollment", verificationMethod];
}
