import { RequireActionError } from "@require-action/core";
import { kindOf } from "../database/database-errors.ts";
import type { Driver } from "../database/driver.ts";
import { checkReadPool } from "./check-postgres.ts";
import { createPostgresDriver } from "./postgres-driver.ts";
import { assertPool, type PostgresOptions, type PostgresPool } from "./postgres-options.ts";

/** How long a replica that failed is left alone. */
const HOLD_OFF_MS = 10_000;

/**
 * Creates a driver for lists that may lag. It reads from a replica, and from the primary while the replica fails: reviewers go on
 * with their work, and a replica that is slow costs one list its time-out, not each.
 * @throws ConfigurationError for what is not a pool, or one that may wait for ever
 */
export function createReadDriver(
  readPool: PostgresPool,
  primary: Driver,
  { queryTimeoutMs = 2_000, preparedStatements = false, checks = {} }: PostgresOptions,
): Driver {
  assertPool("readPool", readPool);
  checkReadPool(readPool, checks);
  const replica = createPostgresDriver(readPool, primary.dialect, { queryTimeoutMs, preparedStatements });
  let isAway = false;
  let asksAgainAt = Number.NEGATIVE_INFINITY;

  return {
    ...primary,
    async run(statement, parameters) {
      if (performance.now() < asksAgainAt) return primary.run(statement, parameters);
      try {
        const rows = await replica.run(statement, parameters);
        isAway = false;
        return rows;
      } catch (error) {
        // The caller's mistake, such as text that no database keeps.
        if (error instanceof RequireActionError) throw error;
        asksAgainAt = performance.now() + HOLD_OFF_MS;
        if (!isAway) warn(kindOf(error));
        isAway = true;
        return primary.run(statement, parameters);
      }
    },
  };
}

function warn(kind: string): void {
  process.emitWarning(`The readPool fails (${kind}), so lists are read from the primary until it answers again.`, {
    type: "RequireActionWarning",
    code: "RA_POSTGRES_READ_POOL",
  });
}
