import type { Awaitable } from "@require-action/core/provider";
import type { Dialect } from "./dialect.ts";
import type { Parameters } from "./parameters.ts";

/**
 * One atomic step: `main`, and `followUp` with it if `main` applied. PostgreSQL runs all of it as one statement, SQLite as one
 * transaction.
 */
export interface Statement {
  /** Tests and acts in one. Where there is a `followUp`, its rows say in a column `applied` whether it acted. */
  readonly main: string;
  /**
   * Does what `main` does where nothing is in its way, and changes nothing otherwise: `main` is then carried out. It answers
   * without rows, which is cheaper: PostgreSQL describes what it returns each time, and SQLite keeps it in a table first.
   */
  readonly attempt?: Statement;
  /** Each reads `FROM applied`, or tests `EXISTS (SELECT 1 FROM applied)`. None sees what the others wrote. */
  readonly followUp?: readonly string[];
}

/** What a step answers whose attempt did all. */
export const APPLIED: readonly Row[] = [{ applied: true }];

/** The names of a text's parameters, in the order of first use. */
export function parameterNames(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PARAMETER)].map(([, name]) => name!))];
}

/** A parameter as statements write it. */
export const PARAMETER: RegExp = /\$([a-z][A-Za-z]*)/g;

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
