import type { Awaitable } from "@require-action/core/provider";
import type { Dialect } from "./dialect.ts";
import type { Parameters } from "./parameters.ts";
import type { Statement } from "./statement.ts";

/** A row as it came: its documents are JSON text, its numbers may be text too. */
export type Row = Readonly<Record<string, unknown>>;

/** Carries statements to a database. It rejects with what its client library threw. */
export interface Driver {
  readonly dialect: Dialect;
  /** Carries out one atomic step, and answers with the rows of its `main`: at once where the database is in the process. */
  run(statement: Statement, parameters: Parameters): Awaitable<readonly Row[]>;
  /** True while statements wait for a connection, all of which are in use, and the database is not known to be silent. */
  isBusy?(): boolean;
  /** True for an error that says that a unique index has the value already. */
  isDuplicate(error: unknown): boolean;
}
