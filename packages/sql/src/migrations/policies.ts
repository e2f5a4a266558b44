import type { Dialect } from "../database/dialect.ts";

/** Versions of the policy. Their number is the key rather than a sequence, which would skip one where an insert fails. */
export function policies({ types, table, tableOptions }: Dialect): readonly string[] {
  return [
    `CREATE TABLE ${table("policies")} (
      number ${types.number} PRIMARY KEY,
      version ${types.text} NOT NULL,
      document ${types.document} NOT NULL) ${tableOptions}`,
  ];
}
