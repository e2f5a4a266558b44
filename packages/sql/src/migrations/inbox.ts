import type { Dialect } from "../database/dialect.ts";

/** Requests that wait for their user's approval. Of a user, each has a place of its own, and the same question is there once. */
export function inbox({ types, table, tableOptions, field }: Dialect): readonly string[] {
  const name = table("inbox");
  const column = (column: string, path: string, type: "text" | "number"): string =>
    `${column} ${types[type]} GENERATED ALWAYS AS (${field([path], type)}) STORED`;
  return [
    `CREATE TABLE ${name} (
      sequence ${types.sequence},
      document ${types.document} NOT NULL,
      ${column("inbox_id", "id", "text")},
      ${column("idempotency_key", "idempotencyKey", "text")},
      ${column("user_id", "user", "text")},
      ${column("slot", "slot", "number")},
      ${column("question", "question", "text")},
      ${column("version", "version", "number")},
      ${column("expires_at", "expiresAt", "number")}) ${tableOptions}`,
    `CREATE UNIQUE INDEX require_action_inbox_id ON ${name} (inbox_id)`,
    `CREATE UNIQUE INDEX require_action_inbox_key ON ${name} (idempotency_key)`,
    `CREATE UNIQUE INDEX require_action_inbox_slot ON ${name} (user_id, slot) WHERE slot IS NOT NULL`,
    `CREATE UNIQUE INDEX require_action_inbox_question ON ${name} (question) WHERE question IS NOT NULL`,
    `CREATE INDEX require_action_inbox_user ON ${name} (user_id, sequence)`,
    `CREATE INDEX require_action_inbox_expiry ON ${name} (expires_at)`,
  ];
}
