import { RequireActionError } from "@require-action/core";
import { ProviderError } from "@require-action/core/provider";

/**
 * What a database says that has too much to do, or has to choose between two that want the same: it is there, and nothing was
 * done. Serialization failure, deadlock, lock not available, too many connections, and a statement cut off by its time limit.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const BUSY_STATES: ReadonlySet<string> = new Set(["40001", "40P01", "55P03", "53300", "57014"]);
/** SQLite's primary result codes, by name in better-sqlite3 and by number in node:sqlite. */
const BUSY_NAMES = ["SQLITE_BUSY", "SQLITE_LOCKED"] as const;
const BUSY_NUMBERS: ReadonlySet<number> = new Set([5, 6]);
/** What a full pool says, and PgBouncer in front of a full one, whose SQLSTATE says something else. */
const FULL_POOL: ReadonlySet<string> = new Set([
  "timeout exceeded when trying to connect",
  "query_wait_timeout",
  "no more connections allowed",
  "no more connections allowed (max_client_conn)",
]);
/** The time limits of the client library. Whether the database or this process is to blame, they do not say. */
const CLIENT_TIMEOUTS: ReadonlySet<string> = new Set([
  "Query read timeout",
  "timeout expired",
  "Connection terminated due to connection timeout",
]);

/** The database is there and has too much to do. The client library's own error stops here. */
export class DatabaseBusy extends Error {
  override readonly name: string = "DatabaseBusy";
  readonly code: string;

  constructor(code: "POOL_FULL" | "CLIENT_TIMEOUT") {
    super(`busy: ${code}`);
    this.code = code;
  }
}

/** The kind of a client library's error. Its message may name hosts, users and values, so it is never shown. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" && /^[A-Z0-9_]{5,40}$/.test(code) ? code : error.constructor.name;
}

/** True for an error by which a database, or a pool in front of it, says that it has too much to do. */
export function isBusy(error: unknown): boolean {
  if (error instanceof DatabaseBusy) return true;
  const kind = kindOf(error);
  if (BUSY_STATES.has(kind) || BUSY_NAMES.some((name) => kind === name || kind.startsWith(`${name}_`))) return true;
  if (kind !== "ERR_SQLITE_ERROR") return false;
  const { errcode } = error as { readonly errcode?: unknown };
  return typeof errcode === "number" && BUSY_NUMBERS.has(errcode & 0xff);
}

/** True for the error of a pool all of whose connections are in use. */
export function isFullPool(error: unknown): boolean {
  return error instanceof Error && FULL_POOL.has(error.message);
}

/** True for a time limit of the client library's. */
export function isClientTimeout(error: unknown): boolean {
  return error instanceof Error && CLIENT_TIMEOUTS.has(error.message);
}

const RETRY_AFTER_SECONDS = 1;

/**
 * The kit's error for a database that fails. It says no more than how; errors of the kit pass as they are. A database that is
 * busy is not down, which to a guard are two things: what clients can bring about opens nothing.
 */
export function unavailable(
  code: "ledger_unavailable" | "provider_unavailable",
  database: string,
  error: unknown,
): RequireActionError {
  if (error instanceof RequireActionError) return error;
  const detail = `${database}: ${kindOf(error)}`;
  if (code === "ledger_unavailable") return new RequireActionError(code, { detail });
  if (isBusy(error)) return new ProviderError("provider_busy", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  return new ProviderError(code, detail);
}
