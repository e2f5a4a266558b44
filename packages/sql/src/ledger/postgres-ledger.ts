import { ConfigurationError, RequireActionError } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import { declaring, defineOptions, option, readOptions } from "@require-action/core/options";
import type { Awaitable } from "@require-action/core/provider";
import { kindOf, unavailable } from "../database/database-errors.ts";
import { openPostgres } from "../postgres/open-postgres.ts";
import { runInside } from "../postgres/postgres-driver.ts";
import {
  type PostgresClient,
  postgresEntries,
  type PostgresOptions,
  type PostgresPool,
} from "../postgres/postgres-options.ts";
import { hashKey } from "../database/parameters.ts";
import { createSweeper } from "../database/retention.ts";
import {
  askedParameters,
  claimParameters,
  type ClaimStatement,
  claimStatements,
  forgottenApproval,
} from "./claim-statements.ts";
import { createTimelineWatch, explainingTimeline } from "./timeline-watch.ts";
import { clientOf, type PostgresTransaction } from "./transactions.ts";

const IN_FAILED_TRANSACTION = "25P02";

type ClaimArguments = Parameters<Ledger["claim"]>;
type Asked = ReturnType<typeof askedParameters>;

/** Options of {@link createPostgresLedger}. */
export interface PostgresLedgerOptions extends PostgresOptions {
  /**
   * What a failover may lose. `asynchronous` by default: the server that takes over may lack the last claims, so approvals that
   * were given before it was noticed are rejected with `action_token_expired`. `synchronous`, where `synchronous_standby_names` has
   * each claim on the server that takes over, and `storage`, where that one goes on with the same storage, accept them.
   */
  readonly replication?: "asynchronous" | "synchronous" | "storage";
}

const optionsSchema = defineOptions<PostgresLedgerOptions>({
  required: {},
  optional: { ...postgresEntries, replication: option.oneOf(["asynchronous", "synchronous", "storage"]) },
});

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
 * Creates a ledger on PostgreSQL 13 or newer. Each step is one statement, and a second where a claim is there already;
 * claims end by the database's clock, whose errors make no approval good twice: one whose claim has ended is refused.
 *
 * A server that was promoted may lack claims: approvals that were given before it was noticed are rejected with
 * `action_token_expired`, unless `replication` says that none is lost.
 * @throws ConfigurationError for a wrong option, and for a pool or a server that is not set up for it
 * @throws RequireActionError `ledger_unavailable` when the database cannot be reached
 * @example
 * const pool = new Pool({ connectionString, connectionTimeoutMillis: 1_000, statement_timeout: 2_000 });
 * const ledger = await createPostgresLedger(pool, { migrate: true });
 */
export async function createPostgresLedger(
  pool: PostgresPool,
  options?: PostgresLedgerOptions,
): Promise<PostgresLedger> {
  const { replication = "asynchronous", ...read } = readOptions("createPostgresLedger", optionsSchema, options);
  const { driver, failedChecks } = await declaring("createPostgresLedger", () =>
    reach(() => openPostgres(pool, { ...read, needsStandby: replication === "synchronous" })),
  );
  const watch = replication === "asynchronous" ? createTimelineWatch(driver.dialect) : undefined;
  const statements = claimStatements(driver.dialect, watch?.condition);
  const scheduleSweep = createSweeper<void>(async () => {
    await driver.run(statements.forget, {});
    await driver.run(statements.sweep, {});
  });

  async function claim(
    run: typeof driver.run,
    { ofApproval, ofOther }: ClaimStatement,
    [key, owner, ttlMs, approvedAt]: ClaimArguments,
  ): Promise<boolean> {
    const asked = askedParameters(key, owner, ttlMs, approvedAt);
    if (approvedAt === undefined) {
      const rows = await reach(() => run(ofOther, asked));
      scheduleSweep();
      return rows.length === 1;
    }
    const claimOnce = async (): Promise<boolean> =>
      (await reach(() => run(ofApproval, { ...asked, ...watch?.parameters() }))).length === 1;
    let isWon = await claimOnce();
    scheduleSweep();
    if (!isWon) {
      await expectRemembered(run, asked);
      if (await isOnNewServer(run, approvedAt)) isWon = await claimOnce();
    }
    // Lost or won, it is used now.
    watch?.used(approvedAt);
    return isWon;
  }

  /** @throws RequireActionError when the claim of an approval may have ended */
  async function expectRemembered(run: typeof driver.run, { approvedAt, approvedHour }: Asked): Promise<void> {
    const forgotten = await reach(() => run(statements.findForgotten, { approvedAt, approvedHour }));
    if (forgotten.length > 0) throw forgottenApproval();
  }

  /** Answers whether this server had not been seen yet. @throws RequireActionError when it may not know of an approval's use */
  async function isOnNewServer(run: typeof driver.run, approvedAt: number): Promise<boolean> {
    if (watch === undefined) return false;
    const isNew = await reach(() => watch.look(run));
    if (!watch.isForgotten(approvedAt)) return isNew;
    throw forgottenApproval("postgres: given before another server was noticed, which may not know of its use");
  }

  async function release(run: typeof driver.run, key: string, owner: string): Promise<void> {
    await reach(() => run(statements.release, claimParameters(key, owner)));
  }

  if (watch !== undefined) {
    await declaring("createPostgresLedger", () => reach(() => explainingTimeline(() => watch.look(driver.run))));
    // The sooner another server is noticed, the fewer approvals are refused that were given after it took over. The look may have
    // the pool connect once more, which is no reason for another.
    let isLooking = false;
    pool.on?.("connect", () => {
      if (isLooking) return;
      isLooking = true;
      void watch
        .look(driver.run)
        .catch(() => {})
        .finally(() => (isLooking = false));
    });
  }

  return {
    name: "postgres",
    failedChecks,
    claim: (...asked) => claim(driver.run, statements.claim, asked),
    release: (key, owner) => release(driver.run, key, owner),
    isClaimed: async (key) => (await reach(() => driver.run(statements.find, { key: hashKey(key) }))).length > 0,
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
