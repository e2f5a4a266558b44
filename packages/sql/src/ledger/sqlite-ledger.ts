import { type Clock, ConfigurationError, type Ledger, type SynchronousLedger, systemClock } from "@require-action/core";
import type { Row } from "../driver.ts";
import type { Parameters } from "../parameters.ts";
import { createSweeper } from "../retention.ts";
import { isDurable, openSqlite } from "../sqlite/open-sqlite.ts";
import { preparedOn } from "../sqlite/prepared-statements.ts";
import { isInTransaction, type SqliteDatabase } from "../sqlite/sqlite-database.ts";
import type { SqliteOptions } from "../sqlite/sqlite-options.ts";
import type { Statement } from "../statement.ts";
import { unavailable } from "../unavailable.ts";
import { claimParameters, expectLasting } from "./claim-parameters.ts";
import { claimStatements } from "./claim-statements.ts";

type Run = (statement: Statement, parameters: Parameters) => readonly Row[];

/** Options of {@link createSqliteLedger}. */
export interface SqliteLedgerOptions extends SqliteOptions {
  /** What claims end by; the machine's clock by default. */
  readonly clock?: Clock;
}

/** A ledger in an SQLite file. */
export interface SqliteLedger extends Ledger {
  /**
   * The same ledger inside the transaction that is open on `database`, a connection to the same file: a claim stands if that
   * commits, and never was if it does not. One's own claim is not found again: it stands since a transaction was committed
   * with it, and whatever that did must not be repeated. Verbs throw a `ConfigurationError` when no transaction is open, or
   * when the connection is not `synchronous=FULL`.
   */
  within(database: SqliteDatabase): SynchronousLedger;
}

/**
 * Creates a ledger in an SQLite file, shared by all processes of one machine. Each step is one statement; a claim is on the
 * disk when it has been won.
 * @throws ConfigurationError for a wrong option, and for a database that will not do
 * @throws RequireActionError `ledger_unavailable` when the file cannot be read or written
 * @example
 * const ledger = createSqliteLedger(new Database("bank.db"), { migrate: true });
 */
export function createSqliteLedger(database: SqliteDatabase, options: SqliteLedgerOptions = {}): SqliteLedger {
  const { clock = systemClock, ...others } = options;
  const driver = reach(() => openSqlite(database, others));
  const statements = claimStatements(driver.dialect);
  const swept = createSweeper<Run>(async (run) => run(statements.sweep, { now: clock.now() }));

  function bound(run: Run, claim: Statement): SynchronousLedger {
    return {
      name: "sqlite",
      synchronous: true,
      claim(key, owner, ttlMs) {
        expectLasting(ttlMs);
        const parameters = { ...claimParameters(key, owner), ttl: ttlMs, now: clock.now() };
        const rows = reach(() => run(claim, parameters));
        swept(run);
        return rows.length === 1;
      },
      release: (key, owner) => void reach(() => run(statements.release, claimParameters(key, owner))),
    };
  }

  const own = bound(driver.runNow, statements.claim);
  return {
    name: "sqlite",
    claim: async (key, owner, ttlMs) => own.claim(key, owner, ttlMs),
    release: async (key, owner) => own.release(key, owner),
    within(other) {
      const run: Run = ({ decide }, parameters) => {
        if (!isInTransaction(other)) throw new ConfigurationError("database", "has no transaction open");
        if (!isDurable(other)) throw new ConfigurationError("database", "is not set to synchronous = FULL");
        return preparedOn(other).all(decide, parameters);
      };
      return bound(run, statements.claimAnew);
    },
  };
}

function reach<Answer>(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    throw unavailable("ledger_unavailable", "sqlite", error);
  }
}
