import type { Dialect } from "../dialect.ts";
import type { Driver, Row } from "../driver.ts";
import type { Parameters } from "../parameters.ts";
import type { Statement } from "../statement.ts";
import { unavailable } from "../unavailable.ts";

/** What the store's verbs work with. Errors say no more than how the database failed. */
export interface StoreContext {
  readonly dialect: Dialect;
  /** @throws ProviderError when the database fails, or for text that it cannot keep */
  run(statement: Statement, parameters: Parameters): Promise<readonly Row[]>;
  /** As `run`; no rows when a unique index has the value already, and then nothing was done. */
  runUnlessTaken(statement: Statement, parameters: Parameters): Promise<readonly Row[]>;
}

export function createStoreContext(driver: Driver): StoreContext {
  const { dialect } = driver;
  return {
    dialect,
    run: (statement, parameters) =>
      driver.run(statement, parameters).catch((error: unknown) => {
        throw unavailable("provider_unavailable", dialect.name, error);
      }),
    runUnlessTaken: (statement, parameters) =>
      driver.run(statement, parameters).catch((error: unknown) => {
        if (driver.isDuplicate(error)) return [];
        throw unavailable("provider_unavailable", dialect.name, error);
      }),
  };
}
