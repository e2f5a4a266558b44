import { ConfigurationError } from "@require-action/core";
import { defineChecks, option, type OptionEntries, type StartChecks } from "@require-action/core/options";

const CHECKS = [
  "server",
  "clock",
  "connectionTimeout",
  "statementTimeout",
  "synchronousCommit",
  "fsync",
  "synchronousStandby",
] as const;

/** A start-up check of PostgreSQL and its pool, by name. */
export type PostgresCheck = (typeof CHECKS)[number];

/** What everything on PostgreSQL has in common. */
export interface PostgresOptions {
  /** The schema of the tables, `require_action` by default. One for each environment that shares the database. */
  readonly schema?: string;
  /** Brings the tables to the current version first. */
  readonly migrate?: boolean;
  /** Milliseconds after which a statement is given up on, 2,000 by default. */
  readonly queryTimeoutMs?: number;
  /**
   * Whether statements are prepared by name, once for each connection. By default they are, unless a pooler such as PgBouncer
   * stands in between. `true` is for poolers that keep prepared statements: in session mode, or by `max_prepared_statements`.
   */
  readonly preparedStatements?: boolean;
  /**
   * Start-up checks that warn rather than refuse: `server` (PostgreSQL 13 or newer), `clock` (within a minute of the server's),
   * `connectionTimeout`, `statementTimeout` (nothing waits for ever), `synchronousCommit` and `fsync` (a crash forgets nothing), `synchronousStandby` (nor does a failover,
   * of a ledger whose replication is said to be synchronous).
   */
  readonly checks?: StartChecks<PostgresCheck>;
}

/** The schemas of the options that everything on PostgreSQL has in common. */
export const postgresEntries: OptionEntries<PostgresOptions>["optional"] = {
  schema: option.setting(
    (value) => typeof value === "string" && /^[a-z_][a-z0-9_]{0,62}$/.test(value),
    "must be 1 to 63 of lower-case letters, digits and _, no digit first",
  ),
  migrate: option.flag,
  queryTimeoutMs: option.whole({ least: 1, unit: "milliseconds" }),
  preparedStatements: option.flag,
  checks: defineChecks(CHECKS),
};

/** The options with their defaults; whether to prepare statements may be left to what stands in between. */
export type PostgresSettings = Required<Omit<PostgresOptions, "preparedStatements">> &
  Pick<PostgresOptions, "preparedStatements"> & {
    /** Whether each commit must be on a standby before it is answered. */
    readonly needsStandby: boolean;
  };

/** What a pool is opened with. */
export type OpenOptions = PostgresOptions & Partial<Pick<PostgresSettings, "needsStandby">>;

/** Fills the defaults in, and looks at the pool. @throws ConfigurationError for what is not a pool */
export function settlePostgresOptions(
  pool: PostgresPool,
  {
    schema = "require_action",
    migrate = false,
    queryTimeoutMs = 2_000,
    checks = {},
    needsStandby = false,
    ...others
  }: OpenOptions,
): PostgresSettings {
  assertPool("pool", pool);
  return { schema, migrate, queryTimeoutMs, checks, needsStandby, ...others };
}

/** @throws ConfigurationError for what is not a pool, under the name that it was given by */
export function assertPool(name: "pool" | "readPool", pool: PostgresPool): void {
  if (typeof pool?.query !== "function" || typeof pool.connect !== "function") {
    throw new ConfigurationError(name, "must be a pool of the pg package");
  }
  // On a single client a step could be part of the application's transaction, and be rolled back with it.
  if ("connection" in pool || typeof pool.getTransactionStatus === "function") {
    const remedy = name === "pool" ? "give the pool, and a client to within" : "give a pool";
    throw new ConfigurationError(name, `is a client: ${remedy}`);
  }
}

/** What a query is sent as. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** Under which the connection keeps it prepared. */
  readonly name?: string;
  /** Milliseconds after which the client gives up. */
  readonly query_timeout?: number;
  /** How values are read. */
  readonly types?: {
    /** Answers with what reads a value. */
    getTypeParser(): (value: string) => string;
  };
}

/** Values as PostgreSQL writes them, whatever an application has set `pg` to make of them. */
export const asText: NonNullable<PostgresQuery["types"]> = { getTypeParser: () => (value) => value };

/** What a statement answered. */
export interface PostgresResult {
  readonly rows: readonly unknown[];
  /** How many rows it found or changed. */
  readonly rowCount?: number | null;
}

/** Something that takes queries: a `pg` client, in a transaction or not. */
export interface PostgresClient {
  /** Sends one statement. */
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** `T` within a transaction. */
  getTransactionStatus?(): string | null;
}

/** A client that was taken out of a pool. */
interface PooledPostgresClient extends PostgresClient {
  /** The process that serves the connection, as whoever accepted it says. */
  readonly processID?: number | null;
  /** Gives the connection back to the pool; with an error, ends it. */
  release(error?: Error | boolean): void;
}

/**
 * The part of a `pg` pool that is used.
 * @see https://node-postgres.com/apis/pool
 */
export interface PostgresPool extends PostgresClient {
  /** Takes a connection out of the pool. */
  connect(): Promise<PooledPostgresClient>;
  readonly options?: {
    readonly connectionTimeoutMillis?: number | undefined;
    readonly max?: number | undefined;
    readonly statement_timeout?: number | false | undefined;
  };
  /** How many wait for a connection. */
  readonly waitingCount?: number;
  /** Tells when the pool has connected anew. */
  on?(event: "connect", listener: () => void): unknown;
  /** How many listen for what befalls idle connections. */
  listenerCount?(event: "error"): number;
}
