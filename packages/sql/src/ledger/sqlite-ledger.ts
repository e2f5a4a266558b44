import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import type { Ledger, SynchronousLedger } from "@require-action/core/ledger";
import { declaring, defineOptions, option, readOptions } from "@require-action/core/options";
import type { Row, Statement } from "../database/driver.ts";
import { hashKey, type Parameters } from "../database/parameters.ts";
import { createSweeper } from "../database/retention.ts";
import { isDurable, openSqlite } from "../sqlite/open-sqlite.ts";
import { preparedOn } from "../sqlite/prepared-statements.ts";
import { isInTransaction, type SqliteDatabase, sqliteEntries, type SqliteOptions } from "../sqlite/sqlite-options.ts";
import { unavailable } from "../database/database-errors.ts";
import {
  askedParameters,
  claimParameters,
  type ClaimStatement,
  claimStatements,
  forgottenApproval,
} from "./claim-statements.ts";

type Run = (statement: Statement, parameters: Parameters) => readonly Row[];

/** Options of {@link createSqliteLedger}. */
export interface SqliteLedgerOptions extends SqliteOptions {
  /** What claims end by; the machine's clock by default. */
  readonly clock?: Clock;
}

const optionsSchema = defineOptions<SqliteLedgerOptions>({
  required: {},
  optional: { ...sqliteEntries, clock: option.withMethods("now") },
});

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
 * disk when it has been won. The clock's errors make no approval good twice: one whose claim has ended is refused.
 * @throws ConfigurationError for a wrong option, and for a database that will not do
 * @throws RequireActionError `ledger_unavailable` when the file cannot be read or written
 * @example
 * const ledger = createSqliteLedger(new Database("bank.db"), { migrate: true });
 */
export function createSqliteLedger(database: SqliteDatabase, options?: SqliteLedgerOptions): SqliteLedger {
  const { clock = systemClock, ...others } = readOptions("createSqliteLedger", optionsSchema, options);
  const { driver, failedChecks } = declaring("createSqliteLedger", () => reach(() => openSqlite(database, others)));
  const statements = claimStatements(driver.dialect);
  const scheduleSweep = createSweeper<Run>(async (run) => {
    const now = clock.now();
    run(statements.forget, { now });
    run(statements.sweep, { now });
  });

  function bound(run: Run, { ofApproval, ofOther }: ClaimStatement): SynchronousLedger {
    return {
      name: "sqlite",
      synchronous: true,
      claim(key, owner, ttlMs, approvedAt) {
        const asked = { ...askedParameters(key, owner, ttlMs, approvedAt), now: clock.now() };
        const rows = reach(() => run(approvedAt === undefined ? ofOther : ofApproval, asked));
        scheduleSweep(run);
        if (rows.length === 1) return true;
        if (approvedAt === undefined) return false;
        const { approvedHour } = asked;
        const forgotten = reach(() => run(statements.findForgotten, { approvedAt, approvedHour }));
        if (forgotten.length > 0) throw forgottenApproval();
        return false;
      },
      release: (key, owner) => void reach(() => run(statements.release, claimParameters(key, owner))),
    };
  }

  const own = bound(driver.runNow, statements.claim);
  return {
    name: "sqlite",
    failedChecks,
    claim: async (key, owner, ttlMs, approvedAt) => own.claim(key, owner, ttlMs, approvedAt),
    release: async (key, owner) => own.release(key, owner),
    isClaimed: async (key) => reach(() => driver.runNow(statements.find, { key: hashKey(key) })).length > 0,
    within(other) {
      const run: Run = ({ main }, parameters) => {
        if (!isInTransaction(other)) throw new ConfigurationError("database", "has no transaction open");
        if (!isDurable(other)) throw new ConfigurationError("database", "is not set to synchronous = FULL");
        return preparedOn(other).all(main, parameters);
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
