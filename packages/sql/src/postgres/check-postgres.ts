import { ConfigurationError } from "@require-action/core";
import { createStartCheck, type StartCheck } from "@require-action/core/options";
import { asText, type PostgresCheck, type PostgresPool, type PostgresSettings } from "./postgres-options.ts";
import { kindOf } from "../database/database-errors.ts";

const OLDEST_VERSION = 13;
/** How far clocks may be apart: more than those of machines that run NTP ever are. */
const MAX_CLOCK_ERROR_MS = 60_000;
/** What speaks PostgreSQL's protocol and is not PostgreSQL, by what `version()` says. */
const LOOKALIKES = /CockroachDB|-YB-|Yugabyte|Redshift|Materialize|QuestDB|RisingWave|CrateDB|DuckDB/i;

/** How a session is set up, and which process of the server runs it. A setting that the server does not know is NULL. */
const SETTINGS = `SELECT version() AS version, pg_backend_pid() AS pid, extract(epoch FROM now()) AS now,
  current_setting('statement_timeout', true) AS statement_timeout,
  current_setting('synchronous_commit', true) AS synchronous_commit,
  current_setting('synchronous_standby_names', true) AS synchronous_standby_names,
  current_setting('fsync', true) AS fsync`;

type Settings = Readonly<
  Record<
    "version" | "pid" | "now" | "statement_timeout" | "synchronous_commit" | "synchronous_standby_names" | "fsync",
    string | null | undefined
  >
>;

/** What the checks found out. */
interface CheckedPostgres {
  /** True when a pooler accepts the connections: a statement may run on another one of the server's than the statement before. */
  readonly isPooled: boolean;
  /** The checks that only warned. */
  readonly failedChecks: readonly PostgresCheck[];
}

/**
 * Compares a pool and its server with what the store and the ledger rest on.
 * @throws ConfigurationError for what fails a check that is not set to warn
 * @see https://node-postgres.com/apis/client
 * @see https://www.pgbouncer.org/features.html
 */
export async function checkPostgres(
  pool: PostgresPool,
  { checks, needsStandby }: PostgresSettings,
): Promise<CheckedPostgres> {
  const check = createStartCheck(checks);
  checkPool(check, pool);
  const { settings, isPooled, clockErrorMs } = await readSettings(pool);
  checkServer(check, settings);
  checkClock(check, clockErrorMs);
  checkTimeout(check, settings, pool);
  checkDurability(check, settings);
  if (needsStandby) checkStandby(check, settings);
  return { isPooled, failedChecks: check.conclude() };
}

/**
 * Looks at a pool of which nothing is asked at the start: what it leads to may be away.
 * @throws ConfigurationError where it may wait for ever, unless that check is set to warn
 */
export function checkReadPool(pool: PostgresPool, checks: PostgresSettings["checks"]): void {
  const check = createStartCheck(checks);
  checkPool(check, pool, "readPool");
  check.conclude();
}

/** What a pool says of itself. */
function checkPool(check: StartCheck<PostgresCheck>, pool: PostgresPool, name = "pool"): void {
  if (pool.options !== undefined && !pool.options.connectionTimeoutMillis) {
    check.fail("connectionTimeout", {
      code: "RA_POSTGRES_UNBOUNDED",
      problem: "pg waits for a connection for ever",
      remedy: `set connectionTimeoutMillis of the ${name}`,
    });
  }
  if (pool.listenerCount?.("error") === 0) {
    process.emitWarning(
      `This ${name} has no listener for "error": a connection that breaks while idle ends the process. Add ${name}.on("error", …).`,
      { type: "RequireActionWarning", code: "RA_POSTGRES_UNHEARD" },
    );
  }
}

/** One session's settings, and what asking for them has shown. */
interface ReadSettings extends Pick<CheckedPostgres, "isPooled"> {
  readonly settings: Settings;
  /** By how much the clock of this process is ahead of the server's, at the least; negative when it is behind. */
  readonly clockErrorMs: number;
}

/** Reads one session's settings, and whether its server is the one that accepted the connection. */
async function readSettings(pool: PostgresPool): Promise<ReadSettings> {
  const client = await pool.connect();
  try {
    const sentAt = Date.now();
    const { rows } = await client.query({ types: asText, text: SETTINGS });
    client.release();
    const settings = rows[0] as Settings;
    const serverNow = Number(settings.now) * 1000;
    const clockErrorMs = Math.max(sentAt - serverNow, 0) || Math.min(Date.now() - serverNow, 0);
    // A pooler gives each client a number of its own. Clients that do not say theirs are taken for connected directly.
    const isPooled = Boolean(client.processID) && String(client.processID) !== settings.pid;
    return { settings, isPooled, clockErrorMs };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

function checkServer(check: StartCheck<PostgresCheck>, { version }: Settings): void {
  const [, major] = /^PostgreSQL (\d+)/.exec(version ?? "") ?? [];
  if (Number(major) >= OLDEST_VERSION && !LOOKALIKES.test(version ?? "")) return;
  check.fail("server", {
    code: "RA_POSTGRES_UNSUPPORTED",
    problem: `this server is not PostgreSQL ${OLDEST_VERSION} or newer, and what resembles it refuses or drops what the store needs`,
    remedy: "use PostgreSQL, the only database that is promised",
  });
}

/** What one process has written, the others compare with their own clocks. */
function checkClock(check: StartCheck<PostgresCheck>, clockErrorMs: number): void {
  if (Math.abs(clockErrorMs) <= MAX_CLOCK_ERROR_MS || Number.isNaN(clockErrorMs)) return;
  check.fail("clock", {
    code: "RA_POSTGRES_CLOCK",
    problem: `the clock of this process is ${Math.round(Math.abs(clockErrorMs) / 1000)} s ${clockErrorMs > 0 ? "ahead of" : "behind"} the server's`,
    remedy: "run NTP on both machines",
  });
}

function checkTimeout(
  check: StartCheck<PostgresCheck>,
  { statement_timeout }: Settings,
  { options }: PostgresPool,
): void {
  if (statement_timeout !== "0" && statement_timeout !== null) return;
  check.fail("statementTimeout", {
    code: "RA_POSTGRES_UNBOUNDED",
    problem: "statement_timeout is 0, so a statement may hold its locks for ever",
    remedy: options?.statement_timeout
      ? `the pool's own does not get through, as a pooler drops it: ${forTheRole("statement_timeout", "'2s'")}`
      : `set statement_timeout of the pool, or behind a pooler ${forTheRole("statement_timeout", "'2s'")}`,
  });
}

function checkDurability(check: StartCheck<PostgresCheck>, { synchronous_commit, fsync }: Settings): void {
  for (const [name, setting, value] of [
    ["synchronousCommit", "synchronous_commit", synchronous_commit],
    ["fsync", "fsync", fsync],
  ] as const) {
    if (value !== "off") continue;
    check.fail(name, {
      code: "RA_POSTGRES_VOLATILE",
      problem: `${setting} is off: a crash would forget which approvals were used`,
      remedy: name === "fsync" ? "set fsync of the server to on" : forTheRole(setting, "on"),
    });
  }
}

/** A commit that is `local` waits for no standby, whichever are named. */
function checkStandby(
  check: StartCheck<PostgresCheck>,
  { synchronous_standby_names, synchronous_commit }: Settings,
): void {
  if (synchronous_standby_names && synchronous_commit !== "local") return;
  check.fail("synchronousStandby", {
    code: "RA_POSTGRES_ASYNCHRONOUS",
    problem: "replication is said to be synchronous, and this server answers before a standby has what it answered",
    remedy:
      'set synchronous_standby_names, and synchronous_commit other than local, or leave replication "asynchronous"',
  });
}

function forTheRole(setting: string, value: string): string {
  return `set it for the role, by ALTER ROLE … SET ${setting} = ${value}`;
}

/**
 * Explains the refusal of a pooler to accept a start-up parameter, which is otherwise a bare `08P01`.
 * @see https://www.pgbouncer.org/config.html#ignore_startup_parameters
 */
export async function explainingStartup<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    const parameter = refusedParameter(error);
    if (parameter === undefined) throw error;
    throw new ConfigurationError(
      "pool",
      `the pooler in front of this database refuses the start-up parameter ${parameter}; take ${parameter} out of the pool or its connection string, and ${
        parameter === "options"
          ? "set for the role what it sets, by ALTER ROLE … SET"
          : forTheRole(parameter, parameter.endsWith("_timeout") ? "'2s'" : "…")
      }`,
    );
  }
}

/** The parameter that a pooler refuses to pass on. Anything else that the message says is dropped. */
function refusedParameter(error: unknown): string | undefined {
  if (kindOf(error) !== "08P01") return undefined;
  const [, where, name] =
    /^unsupported startup parameter( in options)?: ([a-z_]{1,40})\b/i.exec((error as Error).message) ?? [];
  return where === undefined ? name : "options";
}
