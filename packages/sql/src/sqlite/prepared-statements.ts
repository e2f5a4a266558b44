import { parameterNames, type Row } from "../database/driver.ts";
import { boundValue, type Parameters } from "../database/parameters.ts";
import type { SqliteDatabase, SqliteStatement } from "./sqlite-options.ts";

/** The statements of one connection, each prepared once. */
export interface PreparedStatements {
  all(text: string, parameters: Parameters): readonly Row[];
  /** Answers how many rows were changed. */
  run(text: string, parameters: Parameters): number;
}

interface Prepared {
  readonly statement: SqliteStatement;
  readonly names: readonly string[];
}

const connections = new WeakMap<SqliteDatabase, PreparedStatements>();

/** The prepared statements of a connection, shared by all that use it. */
export function preparedOn(database: SqliteDatabase): PreparedStatements {
  const known = connections.get(database);
  if (known) return known;
  const statements = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    let prepared = statements.get(text);
    if (prepared === undefined) {
      prepared = { statement: database.prepare(text), names: parameterNames(text) };
      statements.set(text, prepared);
    }
    return prepared;
  };
  const created: PreparedStatements = {
    all(text, parameters) {
      const { statement, names } = prepare(text);
      return statement.all(bind(names, parameters)) as Row[];
    },
    run(text, parameters) {
      const { statement, names } = prepare(text);
      return Number(statement.run(bind(names, parameters)).changes);
    },
  };
  connections.set(database, created);
  return created;
}

function bind(names: readonly string[], parameters: Parameters): Record<string, string | number | null> {
  const bound: Record<string, string | number | null> = {};
  for (const name of names) {
    const value = boundValue(parameters, name);
    bound[name] = typeof value === "boolean" ? Number(value) : value;
  }
  return bound;
}
