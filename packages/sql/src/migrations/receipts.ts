import type { Dialect } from "../database/dialect.ts";

/** Receipts. An entry is text, as it is hashed and signed by the byte; it waits until it has a position in the chain. */
export function receipts({ types, table, tableOptions }: Dialect): readonly string[] {
  const name = table("receipts");
  return [
    `CREATE TABLE ${name} (
      sequence ${types.sequence},
      entry_id ${types.text} NOT NULL,
      entry ${types.text} NOT NULL,
      signature ${types.text},
      position ${types.number},
      previous ${types.text}) ${tableOptions}`,
    `CREATE UNIQUE INDEX require_action_receipts_key ON ${name} (entry_id)`,
    `CREATE UNIQUE INDEX require_action_receipts_position ON ${name} (position) WHERE position IS NOT NULL`,
    `CREATE INDEX require_action_receipts_waiting ON ${name} (sequence) WHERE position IS NULL`,
  ];
}
