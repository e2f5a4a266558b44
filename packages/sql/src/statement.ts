/**
 * One atomic step. What follows is carried out with it if it acted, and not at all otherwise: PostgreSQL is given all of
 * it as one statement, SQLite as one transaction.
 */
export interface Statement {
  /** Looks and acts in one. With `follow`, its rows tell in a column `acted` whether it did. */
  readonly decide: string;
  /** Each reads `FROM decided`, or tests `EXISTS (SELECT 1 FROM decided)`. None sees what the others wrote. */
  readonly follow?: readonly string[];
}

/** The names of a text's parameters, in the order of first use. */
export function parameterNames(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PARAMETER)].map(([, name]) => name!))];
}

/** A parameter as statements write it. */
export const PARAMETER: RegExp = /\$([a-z][A-Za-z]*)/g;
