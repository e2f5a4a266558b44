import { createRequire } from "node:module";
import type Sqlite from "better-sqlite3";

const require = createRequire(import.meta.url);

/** What is used of `node:sqlite`, which the types of Node 20 do not have. */
interface StatementSync {
  get(...given: unknown[]): object | undefined;
  all(...given: unknown[]): object[];
}
interface DatabaseSync {
  readonly isOpen: boolean;
  readonly isTransaction: boolean;
  prepare(sql: string): StatementSync;
  exec(sql: string): void;
  close(): void;
}
interface NodeSqlite {
  readonly DatabaseSync: new (file: string) => DatabaseSync;
}

/**
 * Opens a file with better-sqlite3; where that was compiled for another Node, or for none, with Node's own SQLite (22.13 and
 * newer), so that no other Node passes over what is to be tested. Throws where there is neither.
 */
export function openSqliteFile(file: string): Sqlite.Database {
  try {
    return new (require("better-sqlite3") as typeof Sqlite)(file);
  } catch (error) {
    if (!isNotLoaded(error)) throw error;
    const own = process.getBuiltinModule?.("node:sqlite") as NodeSqlite | undefined;
    if (own === undefined) throw error;
    return openOwn(own, file);
  }
}

/** True where the package is not there, or its compiled part is not, or is for another Node. */
function isNotLoaded(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return /^(?:MODULE_NOT_FOUND|ERR_DLOPEN_FAILED)$/.test(code ?? "") || /Could not locate the bindings/.test(message);
}

/** Node's own connection, with what tests use of better-sqlite3's besides: the packages see a `node:sqlite`. */
function openOwn({ DatabaseSync: Own }: NodeSqlite, file: string): Sqlite.Database {
  const database = new Own(file);
  const [prepare, close] = [database.prepare.bind(database), database.close.bind(database)];
  const additions = {
    // A second time, too.
    close: () => (database.isOpen ? close() : undefined),
    prepare: (sql: string): StatementSync => Object.assign(prepare(sql), { pluck: () => plucked(prepare(sql)) }),
    pragma(text: string, { simple = false } = {}): unknown {
      const rows = prepare(`PRAGMA ${text}`).all();
      return simple ? firstOf(rows[0]) : rows;
    },
    transaction(work: (...given: unknown[]) => unknown) {
      const begin =
        (mode: string) =>
        (...given: unknown[]) => {
          database.exec(`BEGIN ${mode}`);
          try {
            const answer = work(...given);
            database.exec("COMMIT");
            return answer;
          } catch (error) {
            if (database.isTransaction) database.exec("ROLLBACK");
            throw error;
          }
        };
      return Object.assign(begin("DEFERRED"), { immediate: begin("IMMEDIATE") });
    },
  };
  return Object.assign(database, additions) as unknown as Sqlite.Database;
}

/** A statement that answers with the first column only. */
function plucked(statement: StatementSync): object {
  return {
    get: (...given: unknown[]) => firstOf(statement.get(...given)),
    all: (...given: unknown[]) => statement.all(...given).map(firstOf),
  };
}

function firstOf(row: object | undefined): unknown {
  return row === undefined ? undefined : Object.values(row)[0];
}
