import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { PostgresPool, SqliteDatabase } from "@require-action/sql";
import { importOptional } from "../lib/optional-package.ts";
import { CliError } from "../lib/terminal.ts";

const BUSY_TIMEOUT_MS = 5_000;
/** A start-up may meet a database that is starting itself. */
const CONNECT_TIMEOUT_MS = 2_000;
const STATEMENT_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 3_000;

/** A pool of the `pg` package, which the application installs. @throws CliError when it is not there */
export async function openPostgresPool(
  connectionString: string,
  warn: (line: string) => void,
  what = "the database",
): Promise<{ readonly pool: PostgresPool; close(): Promise<void> }> {
  const pg = await importOptional(() => import("pg"), "--store postgres: needs the pg package. Run npm install pg.");
  // Its own message may name hosts and users.
  const broke = ({ code, name }: NodeJS.ErrnoException): void =>
    warn(`A connection to ${what} broke (${code ?? name}).`);
  const create = (limits: { readonly statement_timeout?: number }) => {
    const created = new pg.default.Pool({
      connectionString,
      application_name: "require-action",
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      ...limits,
    });
    created.on("error", broke);
    // Those that are out of the pool when it happens.
    created.on("connect", (client) => void client.on("error", () => undefined));
    return created;
  };
  let pool = create({ statement_timeout: STATEMENT_TIMEOUT_MS });
  if (await refusesParameters(pool)) {
    await pool.end();
    // The store looks whether the role has a limit of its own.
    pool = create({});
  }

  return {
    pool,
    async close() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)));
      await Promise.race([pool.end().catch(() => undefined), late]);
      clearTimeout(timer);
    },
  };
}

/** True where a pooler refuses what a connection asks for at its start. Any other failure is reported by whoever uses the pool. */
async function refusesParameters(pool: { connect(): Promise<{ release(): void }> }): Promise<boolean> {
  try {
    (await pool.connect()).release();
    return false;
  } catch (error) {
    return codeOf(error) === "08P01";
  }
}

/** A connection to an SQLite file, of `better-sqlite3` where it is installed, else of Node itself. @throws CliError */
export async function openSqliteDatabase(
  file: string,
): Promise<{ readonly database: SqliteDatabase; close(): Promise<void> }> {
  const Database = await findSqlite();
  if (!existsSync(dirname(file))) throw new CliError(`--store sqlite:${file}: there is no such folder.`, 1);
  let database: SqliteDatabase & { close(): unknown };
  try {
    database = new Database(file);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  } catch (error) {
    throw new CliError(`--store sqlite:${file}: the file cannot be opened (${codeOf(error)}).`, 1);
  }
  return { database, close: async () => void database.close() };
}

type SqliteConstructor = new (file: string) => SqliteDatabase & { close(): unknown };

async function findSqlite(): Promise<SqliteConstructor> {
  const require = createRequire(import.meta.url);
  try {
    const Database = require("better-sqlite3") as SqliteConstructor;
    // Compiled where it is installed, which may have failed; it finds out with the first file.
    new Database(":memory:").close();
    return Database;
  } catch {
    const own = process.getBuiltinModule?.("node:sqlite") as { readonly DatabaseSync: SqliteConstructor } | undefined;
    if (own !== undefined) return own.DatabaseSync;
    throw new CliError(
      "--store sqlite: needs better-sqlite3, or Node 22.13 or newer. Run npm install better-sqlite3@12.",
    );
  }
}

function codeOf(error: unknown): string {
  const { code, name } = error as NodeJS.ErrnoException;
  return code ?? name;
}
