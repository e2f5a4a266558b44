import type { Statement } from "../statement.ts";

/** Makes a statement for each combination of conditions that is asked for, once. Conditions are ours, never a caller's. */
export function statementsByShape(
  text: (conditions: string) => string,
): (conditions: Readonly<Record<string, boolean>>) => Statement {
  const made = new Map<string, Statement>();
  return (conditions) => {
    const holding = Object.keys(conditions).filter((condition) => conditions[condition]);
    const where = holding.length === 0 ? "" : `WHERE ${holding.join(" AND ")}`;
    let statement = made.get(where);
    if (statement === undefined) {
      statement = { decide: text(where) };
      made.set(where, statement);
    }
    return statement;
  };
}
