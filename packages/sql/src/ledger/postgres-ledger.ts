import { ConfigurationError, RequireActionError } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import { declaring, readOptions } from "@require-action/core/options";
import type { Awaitable } from "@require-action/core/provider";
import { kindOf, unavailable } from "../database/database-errors.ts";
import { openPostgres } from "../postgres/open-postgres.ts";
import { runInside } from "../postgres/postgres-driver.ts";
import {
  type PostgresClient,
  type PostgresOptions,
  type PostgresPool,
  postgresSchema,
} from "../postgres/postgres-options.ts";
import { createSweeper } from "../database/retention.ts";
import {
  askedParameters,
  claimParameters,
  type ClaimStatement,
  claimStatements,
  forgottenApproval,
} from "./claim-statements.ts";
import { clientOf, type PostgresTransaction } from "./transactions.ts";

const IN_FAILED_TRANSACTION = "25P02";

/** A ledger on PostgreSQL. */
export interface PostgresLedger extends Ledger {
  /**
   * The same ledger inside an open transaction: that of a `pg` client, or what Drizzle, Kysely, Knex or Prisma give to the
   * callback of theirs. A claim stands if it commits, and never was if it does not. Whoever claims the same meanwhile waits for it.
   * One's own claim is not found again: it stands since a transaction was committed with it, and whatever that did must not be
   * repeated. Verbs reject with a `ConfigurationError` when no transaction is open.
   * @throws ConfigurationError for what is none of these
   */
  within(transaction: PostgresTransaction): Ledger;
}

/**
 * Creates a ledger on PostgreSQL 13 or newer. Each step is one statement; claims end by the database's clock,
 * whose errors make no approval good twice: one whose claim has ended is refused.
 * @throws ConfigurationError for a wrong option, and for a pool that is not set up for it
 * @throws RequireActionError `ledger_unavailable` when the database cannot be reached
 * @example
 * const pool = new Pool({ connectionString, connectionTimeoutMillis: 1_000, statement_timeout: 2_000 });
 * const ledger = await createPostgresLedger(pool, { migrate: true });
 */
export async function createPostgresLedger(pool: PostgresPool, options?: PostgresOptions): Promise<PostgresLedger> {
  const read = readOptions("createPostgresLedger", postgresSchema, options);
  const { driver, failedChecks } = await declaring("createPostgresLedger", () => reach(() => openPostgres(pool, read)));
  const statements = claimStatements(driver.dialect);
  const scheduleSweep = createSweeper<void>(async () => {
    await driver.run(statements.forget, {});
    await driver.run(statements.sweep, {});
  });

  async function claim(
    run: typeof driver.run,
    { ofApproval, ofOther }: ClaimStatement,
    [key, owner, ttlMs, approvedAt]: Parameters<Ledger["claim"]>,
  ): Promise<boolean> {
    const asked = askedParameters(key, owner, ttlMs, approvedAt);
    const rows = await reach(() => run(approvedAt === undefined ? ofOther : ofApproval, asked));
    scheduleSweep();
    if (rows.length === 1) return true;
    if (approvedAt === undefined) return false;
    const { approvedHour } = asked;
    const forgotten = await reach(() => run(statements.findForgotten, { approvedAt, approvedHour }));
    if (forgotten.length > 0) throw forgottenApproval();
    return false;
  }

  async function release(run: typeof driver.run, key: string, owner: string): Promise<void> {
    await reach(() => run(statements.release, claimParameters(key, owner)));
  }

  return {
    name: "postgres",
    failedChecks,
    claim: (...asked) => claim(driver.run, statements.claim, asked),
    release: (key, owner) => release(driver.run, key, owner),
    within(transaction) {
      const client = clientOf(transaction);
      const run: typeof driver.run = async (...step) => {
        await expectTransaction(client);
        return runInside(client, ...step).catch((error: unknown) => {
          // The client may not have heard yet that its transaction failed.
          const kind = kindOf(error);
          if (kind === IN_FAILED_TRANSACTION) throw noTransaction();
          // The transaction is the application's, and so is its error: what repeats it after a 40001 has to see that.
          throw new RequireActionError("ledger_unavailable", { detail: `postgres: ${kind}`, cause: error });
        });
      };
      return {
        name: "postgres",
        claim: (...asked) => claim(run, statements.claimAnew, asked),
        release: (key, owner) => release(run, key, owner),
      };
    },
  };
}

/** A claim outside a transaction would stand whatever became of the payment. */
async function expectTransaction(client: PostgresClient): Promise<void> {
  const isOpen = client.getTransactionStatus
    ? client.getTransactionStatus() === "T"
    : await client.query({ text: "SAVEPOINT require_action" }).then(
        () => client.query({ text: "RELEASE SAVEPOINT require_action" }).then(() => true),
        () => false,
      );
  if (!isOpen) throw noTransaction();
}

function noTransaction(): ConfigurationError {
  return new ConfigurationError("client", "has no transaction open that can go on: BEGIN before claiming");
}

async function reach<Answer>(work: () => Awaitable<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    throw unavailable("ledger_unavailable", "postgres", error);
  }
}
