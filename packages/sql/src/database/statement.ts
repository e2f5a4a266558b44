/**
 * One atomic step: `main`, and `followUp` with it if `main` applied. PostgreSQL runs all of it as one statement, SQLite as one
 * transaction.
 */
export interface Statement {
  /** Tests and acts in one. Where there is a `followUp`, its rows say in a column `applied` whether it acted. */
  readonly main: string;
  /** Each reads `FROM applied`, or tests `EXISTS (SELECT 1 FROM applied)`. None sees what the others wrote. */
  readonly followUp?: readonly string[];
}

/** The names of a text's parameters, in the order of first use. */
export function parameterNames(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PARAMETER)].map(([, name]) => name!))];
}

/** A parameter as statements write it. */
export const PARAMETER: RegExp = /\$([a-z][A-Za-z]*)/g;
