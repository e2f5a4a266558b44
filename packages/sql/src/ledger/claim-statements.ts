import { RequireActionError } from "@require-action/core";
import type { Dialect } from "../database/dialect.ts";
import type { Statement } from "../database/driver.ts";
import { hashKey, type Parameters } from "../database/parameters.ts";
import { SWEEP_ROWS, sweepStatement } from "../database/retention.ts";

/** The step for an approval, and for what is none and may be done again once its time has passed. */
export interface ClaimStatement {
  readonly ofApproval: Statement;
  readonly ofOther: Statement;
}

/** The ledger's steps. */
interface ClaimStatements {
  /** A row when the owner has it, from now or from before. */
  readonly claim: ClaimStatement;
  /** A row when the owner has it from now. */
  readonly claimAnew: ClaimStatement;
  /** A row when the claim of an approval that was given then may have been forgotten. */
  readonly findForgotten: Statement;
  /** A row when anybody has it, or has had it. */
  readonly find: Statement;
  readonly release: Statement;
  /** Notes of which approvals claims have ended. */
  readonly forget: Statement;
  /** Deletes claims that have ended, as far as that is noted. */
  readonly sweep: Statement;
}

/**
 * An approval must meet `condition`, if there is one. The claim of an approval is never taken over, whatever the time, and before it is deleted the last approval of its hour is
 * noted: whoever claims one that was given by then, and finds no row, is refused. So no clock makes an approval good twice. What
 * is no approval is anybody's once its time has passed.
 */
export function claimStatements(dialect: Dialect, condition?: string): ClaimStatements {
  const { table, now, isAmong, skipLocked } = dialect;
  const claims = table("claims");
  const forgotten = table("forgotten_approvals");
  const isForgotten = `SELECT approved_at FROM ${forgotten} WHERE approved_hour = $approvedHour AND approved_at >= $approvedAt`;
  const insertWhere = (condition: string): string =>
    `INSERT INTO ${claims} AS held (key, owner, expires_at, approved_at, approved_hour)
      SELECT $key, $owner, ${now} + $ttl, $approvedAt, $approvedHour ${condition} ON CONFLICT (key)`;
  const claimWhere = (condition: string, mayBeTaken: string): Statement => ({
    attempt: { main: `${insertWhere(condition)} DO NOTHING` },
    main: `${insertWhere(condition)} DO UPDATE SET
        owner = excluded.owner,
        expires_at = CASE WHEN held.expires_at <= ${now} THEN excluded.expires_at ELSE held.expires_at END
      WHERE ${mayBeTaken} RETURNING key`,
  });
  // Asking again for one's own does not make it last longer.
  const isOwn = "held.owner = excluded.owner";
  const hasEnded = `held.expires_at <= ${now}`;
  // A query of a name that is inserted into needs a condition before its conflict's, or SQLite takes the latter for a join.
  const always = "WHERE true";
  const isRemembered = `WHERE NOT EXISTS (${isForgotten})${condition === undefined ? "" : ` AND ${condition}`}`;
  const ended = `SELECT key FROM ${claims} WHERE expires_at <= (SELECT ${now}) ORDER BY expires_at LIMIT ${SWEEP_ROWS} ${skipLocked}`;
  const isNoted = `approved_at IS NULL OR EXISTS (SELECT 1 FROM ${forgotten} AS noted
    WHERE noted.approved_hour = ${claims}.approved_hour AND noted.approved_at >= ${claims}.approved_at)`;
  return {
    claim: {
      ofApproval: claimWhere(isRemembered, isOwn),
      ofOther: claimWhere(always, `${hasEnded} OR ${isOwn}`),
    },
    claimAnew: {
      ofApproval: claimWhere(isRemembered, "false"),
      ofOther: claimWhere(always, hasEnded),
    },
    findForgotten: { main: isForgotten },
    find: { main: `SELECT key FROM ${claims} WHERE key = $key` },
    release: { main: `DELETE FROM ${claims} WHERE key = $key AND owner = $owner RETURNING key` },
    forget: {
      main: `INSERT INTO ${forgotten} AS noted (approved_hour, approved_at)
        SELECT approved_hour, max(approved_at) FROM ${claims}
        WHERE approved_at IS NOT NULL AND ${isAmong("key", ended)} GROUP BY approved_hour
        ON CONFLICT (approved_hour) DO UPDATE SET approved_at = excluded.approved_at
        WHERE excluded.approved_at > noted.approved_at RETURNING approved_at`,
    },
    sweep: sweepStatement(dialect, "claims", "key", "expires_at", now, isNoted),
  };
}

const HOUR_MS = 3_600_000;

/** What a claim is stored as. Owners are hashed as well: neither index nor text of a database limits what they may be. */
export function claimParameters(key: string, owner: string): Parameters {
  return { key: hashKey(key), owner: hashKey(owner) };
}

/** What is asked for a claim. @throws RangeError for one that would not last */
export function askedParameters(key: string, owner: string, ttlMs: number, approvedAt: number | undefined): Parameters {
  if (!(ttlMs > 0)) throw new RangeError("a claim must last");
  const approvedHour = approvedAt === undefined ? undefined : Math.floor(approvedAt / HOUR_MS);
  return { ...claimParameters(key, owner), ttl: ttlMs, approvedAt, approvedHour };
}

/** How an approval is refused whose claim may have been forgotten. */
export function forgottenApproval(detail = "its claim has ended"): RequireActionError {
  return new RequireActionError("action_token_expired", { detail });
}
