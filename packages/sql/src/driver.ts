import type { Dialect } from "./dialect.ts";
import type { Parameters } from "./parameters.ts";
import type { Statement } from "./statement.ts";

/** A row as it came: its documents are JSON text, its numbers may be text too. */
export type Row = Readonly<Record<string, unknown>>;

/** Carries statements to a database. It rejects with what its client library threw. */
export interface Driver {
  readonly dialect: Dialect;
  /** Carries out one atomic step, and answers with the rows of its `decide`. */
  run(statement: Statement, parameters: Parameters): Promise<readonly Row[]>;
  /** True for an error that says that a unique index has the value already. */
  isDuplicate(error: unknown): boolean;
}
