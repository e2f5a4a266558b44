import type { PostgresPool } from "@require-action/sql";
import type Sqlite from "better-sqlite3";
import type pg from "pg";

/** A statement, and the milliseconds that it took; for PostgreSQL with the way there and back. */
interface TimedStatement {
  readonly text: string;
  readonly ms: number;
}

/** The statements that were sent since they were taken last. */
export interface StatementLog {
  add(statement: TimedStatement): void;
  take(): readonly TimedStatement[];
}

export function createStatementLog(): StatementLog {
  let statements: TimedStatement[] = [];
  return {
    add: (statement) => void statements.push(statement),
    take() {
      const taken = statements;
      statements = [];
      return taken;
    },
  };
}

/** A pool, as the stores take it, whose statements are timed. */
export function timePool(pool: pg.Pool, log: StatementLog): PostgresPool {
  return {
    connect: () => pool.connect(),
    async query(query) {
      const begun = performance.now();
      try {
        return await pool.query(query);
      } finally {
        log.add({ text: query.text, ms: performance.now() - begun });
      }
    },
  };
}

/** The same database: what is prepared on it from now on is timed. */
export function timeSqlite(database: Sqlite.Database, log: StatementLog): Sqlite.Database {
  const prepare = database.prepare.bind(database);
  database.prepare = ((text: string) => {
    const statement = prepare(text);
    const all = statement.all.bind(statement);
    statement.all = (...parameters) => {
      const begun = performance.now();
      try {
        return all(...parameters);
      } finally {
        log.add({ text, ms: performance.now() - begun });
      }
    };
    return statement;
  }) as typeof database.prepare;
  return database;
}
