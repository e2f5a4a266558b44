import type { Dialect } from "../database/dialect.ts";

/** Sessions. One that has ended stays until it would have expired, so that its approval begins no other. */
export function sessions({ types, table, tableOptions, field }: Dialect): readonly string[] {
  const name = table("sessions");
  const column = (column: string, path: string, type: "text" | "number"): string =>
    `${column} ${types[type]} GENERATED ALWAYS AS (${field([path], type)}) STORED`;
  return [
    `CREATE TABLE ${name} (
      sequence ${types.sequence},
      document ${types.document} NOT NULL,
      ${column("session_id", "sessionId", "text")},
      ${column("user_id", "userId", "text")},
      ${column("action_id", "actionId", "text")},
      ${column("generation", "generation", "number")},
      ${column("expires_at", "expiresAt", "number")},
      ${column("ended_at", "endedAt", "number")}) ${tableOptions}`,
    `CREATE UNIQUE INDEX require_action_sessions_key ON ${name} (session_id)`,
    `CREATE UNIQUE INDEX require_action_sessions_action ON ${name} (action_id)`,
    `CREATE INDEX require_action_sessions_user ON ${name} (user_id)`,
    `CREATE INDEX require_action_sessions_expiry ON ${name} (expires_at)`,
  ];
}
