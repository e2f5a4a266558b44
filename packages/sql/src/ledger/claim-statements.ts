import type { Dialect } from "../dialect.ts";
import { sweepStatement } from "../retention.ts";
import type { Statement } from "../statement.ts";

/** The ledger's steps. */
export interface ClaimStatements {
  /** A row when the owner has it, from now or from before. */
  readonly claim: Statement;
  /** A row when the owner has it from now. */
  readonly claimAnew: Statement;
  readonly release: Statement;
  readonly sweep: Statement;
}

export function claimStatements(dialect: Dialect): ClaimStatements {
  const { table, now } = dialect;
  const claims = table("claims");
  // One that has ended is anybody's. Asking again for one's own does not make it last longer.
  const claimWhere = (mayBeTaken: string): Statement => ({
    decide: `INSERT INTO ${claims} AS held (key, owner, expires_at) VALUES ($key, $owner, ${now} + $ttl)
      ON CONFLICT (key) DO UPDATE SET
        owner = excluded.owner,
        expires_at = CASE WHEN held.expires_at <= ${now} THEN excluded.expires_at ELSE held.expires_at END
      WHERE ${mayBeTaken} RETURNING key`,
  });
  return {
    claim: claimWhere(`held.expires_at <= ${now} OR held.owner = excluded.owner`),
    claimAnew: claimWhere(`held.expires_at <= ${now}`),
    release: { decide: `DELETE FROM ${claims} WHERE key = $key AND owner = $owner RETURNING key` },
    sweep: sweepStatement(dialect, "claims", "key", "expires_at", now),
  };
}
