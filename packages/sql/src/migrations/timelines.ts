import type { Dialect } from "../database/dialect.ts";

/** The server's timelines that a ledger has met, each with the time before which approvals may have been used unknown to it. */
export function timelines({ types, table, tableOptions }: Dialect): readonly string[] {
  return [
    `CREATE TABLE ${table("timelines")} (
      timeline ${types.text} PRIMARY KEY, since ${types.number} NOT NULL) ${tableOptions}`,
  ];
}
