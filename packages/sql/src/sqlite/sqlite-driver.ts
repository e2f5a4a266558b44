import { ConfigurationError } from "@require-action/core";
import { type Dialect, INITIAL_STATE } from "../database/dialect.ts";
import { APPLIED, type Driver, type Row, type Statement } from "../database/driver.ts";
import type { Parameters } from "../database/parameters.ts";
import { preparedOn, type PreparedStatements } from "./prepared-statements.ts";
import { isInTransaction, type SqliteDatabase } from "./sqlite-options.ts";

/** A driver that answers at once. */
export interface SqliteDriver extends Driver {
  runNow(statement: Statement, parameters: Parameters): readonly Row[];
  /** Carries out a statement that returns no rows, as part of a {@link transaction}. */
  change(text: string, parameters: Parameters): void;
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
    return carryOutMain(prepared, statement, parameters);
  }

  return {
    dialect: sqliteDialect,
    runNow,
    change: (text, parameters) => void prepared.run(text, parameters),
    transaction,
    run: runNow,
    isDuplicate: (error) => error instanceof Error && error.message.startsWith("UNIQUE constraint failed"),
  };
}

function carryOutMain(
  prepared: PreparedStatements,
  { main, attempt }: Statement,
  parameters: Parameters,
): readonly Row[] {
  if (attempt !== undefined && prepared.run(attempt.main, parameters) > 0) return APPLIED;
  return prepared.all(main, parameters);
}

function carryOut(prepared: PreparedStatements, statement: Statement, parameters: Parameters): readonly Row[] {
  const rows = carryOutMain(prepared, statement, parameters);
  if (!rows.some(({ applied }) => Boolean(applied))) return rows;
  for (const text of statement.followUp ?? []) prepared.run(`WITH applied AS (SELECT 1) ${text}`, parameters);
  return rows;
}

/** SQLite's side. Tables have a prefix, as they may share a file with the application's. */
export const sqliteDialect: Dialect = {
  name: "sqlite",
  types: {
    sequence: "INTEGER PRIMARY KEY AUTOINCREMENT",
    document: "TEXT",
    text: "TEXT",
    number: "REAL",
    boolean: "INTEGER",
  },
  tableOptions: "STRICT",
  table: (name) => `require_action_${name}`,
  // SQLite takes a document apart once for all of its generated columns, and cannot turn them into plain ones.
  writesColumns: false,
  field(path) {
    const names = path.map((name) => `'${name}'`);
    const last = names.pop();
    return `${["document", ...names].join(" -> ")} ->> ${last}`;
  },
  // A merge patch merges objects within; taking away what it touches first makes it replace them.
  patched: (document, patch) => `json_patch(json_patch(${document}, ${patch} -> 'touched'), ${patch} -> 'set')`,
  trackedEvent: `json_patch('{}', json_object('type', 'action.tracked', 'at', document ->> 'createdAt',
    'userId', document ->> 'userId', 'action', document ->> 'action', 'actionId', document ->> 'actionId',
    'outcome', document ->> 'outcome', 'state', ${INITIAL_STATE}, 'policyVersion', document ->> 'policyVersion',
    'ruleIds', json((SELECT CASE WHEN count(*) > 0 THEN json_group_array(value ->> 'ruleId') END
      FROM json_each(document, '$.rules')))))`,
  ruleIds: "(SELECT json_group_array(value ->> 'ruleId') FROM json_each(document, '$.rules'))",
  collected: (expression) => `json_group_array(${expression})`,
  elements: (parameter) => `SELECT value AS document FROM json_each(${parameter})`,
  texts: (parameter) => `SELECT value FROM json_each(${parameter})`,
  isAmong: (column, query) => `${column} IN (${query})`,
  now: "$now",
  skipLocked: "",
};
