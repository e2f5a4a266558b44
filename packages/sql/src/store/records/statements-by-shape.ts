import type { Statement } from "../../database/statement.ts";

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
