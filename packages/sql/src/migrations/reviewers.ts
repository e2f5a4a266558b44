import type { Dialect } from "../database/dialect.ts";

/** Reviewers: few, and none of them a user. */
export function reviewers({ types, table, tableOptions, field }: Dialect): readonly string[] {
  const name = table("reviewers");
  const column = (column: string, path: string, type: "text" | "number"): string =>
    `${column} ${types[type]} GENERATED ALWAYS AS (${field([path], type)}) STORED`;
  return [
    `CREATE TABLE ${name} (
      sequence ${types.sequence},
      document ${types.document} NOT NULL,
      ${column("reviewer_id", "reviewerId", "text")},
      ${column("user_handle", "userHandle", "text")},
      ${column("version", "version", "number")}) ${tableOptions}`,
    `CREATE UNIQUE INDEX require_action_reviewers_key ON ${name} (reviewer_id)`,
    `CREATE UNIQUE INDEX require_action_reviewers_handle ON ${name} (user_handle)`,
  ];
}
