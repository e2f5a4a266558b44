import type { Dialect } from "../database/dialect.ts";

/** Figures by hours and days; and as `mark`, how far they have been counted and whose turn it is. */
export function figures({ types, table, tableOptions }: Dialect): readonly string[] {
  return [
    `CREATE TABLE ${table("figures")} (
      unit ${types.text} NOT NULL,
      starts_at ${types.number} NOT NULL,
      document ${types.document} NOT NULL,
      PRIMARY KEY (unit, starts_at)) ${tableOptions}`,
  ];
}
