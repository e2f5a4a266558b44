import type { Dialect } from "../database/dialect.ts";

/** News of the engine that waits for its delivery. */
export function outbox({ types, table, tableOptions }: Dialect): readonly string[] {
  const name = table("outbox");
  return [
    `CREATE TABLE ${name} (
      event_id ${types.text} PRIMARY KEY,
      document ${types.document} NOT NULL,
      due_at ${types.number} NOT NULL,
      expires_at ${types.number} NOT NULL,
      attempts ${types.number} NOT NULL) ${tableOptions}`,
    `CREATE INDEX require_action_outbox_due ON ${name} (due_at)`,
    `CREATE INDEX require_action_outbox_expiry ON ${name} (expires_at)`,
  ];
}
