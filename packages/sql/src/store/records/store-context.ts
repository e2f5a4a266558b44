import { type Awaitable, orElse } from "@require-action/core/provider";
import { unavailable } from "../../database/database-errors.ts";
import type { Dialect } from "../../database/dialect.ts";
import type { Driver, Row, Statement } from "../../database/driver.ts";
import type { Parameters } from "../../database/parameters.ts";

/** What the store's verbs work with. Errors say no more than how the database failed. */
export interface StoreContext {
  readonly dialect: Dialect;
  /** @throws ProviderError when the database fails, or for text that it cannot keep */
  run(statement: Statement, parameters: Parameters): Awaitable<readonly Row[]>;
  /** As `run`; no rows when a unique index has the value already, and then nothing was done. */
  runUnlessTaken(statement: Statement, parameters: Parameters): Awaitable<readonly Row[]>;
}

/** How a list is read, by whether it may lag. */
export type ListRun = (mayLag: boolean | undefined) => StoreContext["run"];

export function createStoreContext(driver: Driver): StoreContext {
  const { dialect } = driver;
  const fail = (error: unknown): never => {
    throw unavailable("provider_unavailable", dialect.name, error);
  };
  return {
    dialect,
    run: (statement, parameters) => orElse(() => driver.run(statement, parameters), fail),
    runUnlessTaken: (statement, parameters) =>
      orElse(
        () => driver.run(statement, parameters),
        (error) => (driver.isDuplicate(error) ? [] : fail(error)),
      ),
  };
}

/** Finds the statement for the conditions that hold. */
export type StatementsByShape = (conditions: Readonly<Record<string, boolean>>) => Statement;

/** Makes a statement for each combination of conditions that is asked for, once. Conditions are ours, never a caller's. */
export function statementsByConditions(text: (conditions: readonly string[]) => string): StatementsByShape {
  const made = new Map<string, Statement>();
  return (conditions) => {
    const holding = Object.keys(conditions).filter((condition) => conditions[condition]);
    const shape = holding.join(" AND ");
    let statement = made.get(shape);
    if (statement === undefined) {
      statement = { main: text(holding) };
      made.set(shape, statement);
    }
    return statement;
  };
}

/** As {@link statementsByConditions}, of queries with one `WHERE`. */
export function statementsByShape(text: (where: string) => string): StatementsByShape {
  return statementsByConditions((holding) => text(holding.length === 0 ? "" : `WHERE ${holding.join(" AND ")}`));
}
