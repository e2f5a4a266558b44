import { type Awaitable, runSteps, settled, type Steps } from "@require-action/core/provider";
import type { Dialect } from "../../database/dialect.ts";
import type { Driver, Row } from "../../database/driver.ts";
import type { Parameters } from "../../database/parameters.ts";
import type { Statement } from "../../database/statement.ts";
import { unavailable } from "../../database/database-errors.ts";

/** What the store's verbs work with. Errors say no more than how the database failed. */
export interface StoreContext {
  readonly dialect: Dialect;
  /** @throws ProviderError when the database fails, or for text that it cannot keep */
  run(statement: Statement, parameters: Parameters): Awaitable<readonly Row[]>;
  /** As `run`; no rows when a unique index has the value already, and then nothing was done. */
  runUnlessTaken(statement: Statement, parameters: Parameters): Awaitable<readonly Row[]>;
}

export function createStoreContext(driver: Driver): StoreContext {
  const { dialect } = driver;
  function* run(statement: Statement, parameters: Parameters, mayBeTaken: boolean): Steps<readonly Row[]> {
    try {
      return yield* settled(driver.run(statement, parameters));
    } catch (error) {
      if (mayBeTaken && driver.isDuplicate(error)) return [];
      throw unavailable("provider_unavailable", dialect.name, error);
    }
  }
  return {
    dialect,
    run: (statement, parameters) => runSteps(run(statement, parameters, false)),
    runUnlessTaken: (statement, parameters) => runSteps(run(statement, parameters, true)),
  };
}
