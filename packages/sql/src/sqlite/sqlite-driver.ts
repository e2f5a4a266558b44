import { ConfigurationError } from "@require-action/core";
import type { Driver, Row } from "../database/driver.ts";
import type { Parameters } from "../database/parameters.ts";
import type { Statement } from "../database/statement.ts";
import { isInTransaction, type SqliteDatabase } from "./sqlite-database.ts";
import { sqliteDialect } from "./sqlite-dialect.ts";
import { preparedOn, type PreparedStatements } from "./prepared-statements.ts";

/** A driver that answers at once. */
export interface SqliteDriver extends Driver {
  runNow(statement: Statement, parameters: Parameters): readonly Row[];
  /** Does several things as one, with the database's write lock held from the start. */
  transaction<Answer>(work: () => Answer): Answer;
}

/**
 * Creates the driver over a connection on which no transaction of the application's is open when it is used: that could be
 * rolled back, and what was counted or used up would come back with it.
 */
export function createSqliteDriver(database: SqliteDatabase): SqliteDriver {
  const prepared = preparedOn(database);
  let isOurs = false;

  function refuseForeignTransaction(): void {
    if (isOurs || !isInTransaction(database)) return;
    throw new ConfigurationError(
      "database",
      "is in a transaction of the application's: use another connection, or within",
    );
  }

  function transaction<Answer>(work: () => Answer): Answer {
    refuseForeignTransaction();
    if (isOurs) return work();
    database.exec("BEGIN IMMEDIATE");
    isOurs = true;
    try {
      const answer = work();
      database.exec("COMMIT");
      return answer;
    } catch (error) {
      if (isInTransaction(database)) database.exec("ROLLBACK");
      throw error;
    } finally {
      isOurs = false;
    }
  }

  function runNow(statement: Statement, parameters: Parameters): readonly Row[] {
    if (statement.followUp !== undefined) return transaction(() => carryOut(prepared, statement, parameters));
    refuseForeignTransaction();
    return prepared.all(statement.main, parameters);
  }

  return {
    dialect: sqliteDialect,
    runNow,
    transaction,
    run: runNow,
    isDuplicate: (error) => error instanceof Error && error.message.startsWith("UNIQUE constraint failed"),
  };
}

function carryOut(
  prepared: PreparedStatements,
  { main, followUp = [] }: Statement,
  parameters: Parameters,
): readonly Row[] {
  const rows = prepared.all(main, parameters);
  if (!rows.some(({ applied }) => Boolean(applied))) return rows;
  for (const text of followUp) prepared.run(`WITH applied AS (SELECT 1) ${text}`, parameters);
  return rows;
}
