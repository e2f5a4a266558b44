import type { Dialect } from "../database/dialect.ts";

/** What a ledger needs to refuse an approval whose claim it has forgotten: when it was given, and what was forgotten of each hour. */
export function forgottenApprovals({ types, table, tableOptions }: Dialect): readonly string[] {
  const claims = table("claims");
  return [
    `ALTER TABLE ${claims} ADD COLUMN approved_at ${types.number}`,
    `ALTER TABLE ${claims} ADD COLUMN approved_hour ${types.number}`,
    `CREATE TABLE ${table("forgotten_approvals")} (
      approved_hour ${types.number} PRIMARY KEY, approved_at ${types.number} NOT NULL) ${tableOptions}`,
  ];
}
