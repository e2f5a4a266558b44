import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import type { KeyParts } from "./store/key.ts";
import type { AuthenticatorRecord } from "./store/records.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Longer than anything lives: a count that only success or an operator ends. */
const FOR_EVER_MS = 10 * 365 * DAY_MS;
/** Enrolments have nothing that an operator could unlock, and whoever has a session could use them up. */
const ENROLLMENT_FAILURES_MS = 30 * DAY_MS;

/** What limits guessing and sending. Everything is counted before it is done, in one atomic step. */
export interface Attempts {
  /** @throws EngineError `too_many_attempts` */
  countAnswer(authenticator: AuthenticatorRecord): Promise<void>;
  /** After a right answer, or when an operator unlocks. */
  reset(authenticator: AuthenticatorRecord): Promise<void>;
  /** @throws EngineError `too_many_sends` */
  countSend(authenticator: AuthenticatorRecord): Promise<void>;
}

export function createAttempts({ store, clock, limits }: Pick<EngineContext, "store" | "clock" | "limits">): Attempts {
  async function count(
    reason: "too_many_attempts" | "too_many_sends",
    key: KeyParts,
    limit: number,
    windowMs: number,
  ): Promise<void> {
    const now = clock.now();
    const { allowed, endsAt } = await store.countAttempt(key, limit, windowMs, now);
    if (allowed) return;
    throw new EngineError(
      reason,
      reason === "too_many_sends"
        ? "Too many codes were sent. Wait."
        : "Too many wrong answers. Wait, or use another method.",
      windowMs === FOR_EVER_MS ? {} : { retryAfterSeconds: Math.ceil((endsAt - now) / 1000) },
    );
  }

  return {
    async countAnswer(authenticator) {
      const subject = subjectOf(authenticator);
      await count("too_many_attempts", ["answers", ...subject], limits.attempts, limits.attemptWindowMs);
      const lastingMs = authenticator.verifiedAt === undefined ? ENROLLMENT_FAILURES_MS : FOR_EVER_MS;
      await count("too_many_attempts", ["failures", ...subject], limits.consecutiveFailures, lastingMs);
    },
    async reset(authenticator) {
      const subject = subjectOf(authenticator);
      await store.resetAttempts(["answers", ...subject]);
      await store.resetAttempts(["failures", ...subject]);
    },
    async countSend(authenticator) {
      const { verificationMethod, verifiedAt, email, phoneNumber } = authenticator;
      const { sends, sendWindowMs } = limits;
      await count("too_many_sends", ["sends", ...subjectOf(authenticator)], sends, sendWindowMs);
      const address = email ?? phoneNumber;
      // While nobody has proved that the address is theirs, it is not to be flooded from many accounts either.
      if (verifiedAt === undefined && address !== undefined) {
        await count("too_many_sends", ["sends-to", verificationMethod, address.toLowerCase()], sends, sendWindowMs);
      }
    },
  };
}

/**
 * Whose attempts are counted together: those of one authenticator, whatever the session or the code. Beginning an
 * enrolment again makes another authenticator, so unfinished ones count as one.
 */
function subjectOf({ userId, userAuthenticatorId, verificationMethod, verifiedAt }: AuthenticatorRecord): KeyParts {
  return verifiedAt === undefined
    ? [userId, "enrollment", verificationMethod]
    : [userId, "authenticator", userAuthenticatorId];
}
