import type { Dialect, TableName } from "../database/dialect.ts";

/**
 * The tables as they were first. Records are documents, with the fields that queries ask for as columns made from them: a
 * new field of a record needs no migration.
 */
export function initial(dialect: Dialect): readonly string[] {
  const { types, field } = dialect;
  const text = (name: string, ...path: [string, ...string[]]): string =>
    `${name} ${types.text} GENERATED ALWAYS AS (${field(path, "text")}) STORED`;
  const number = (name: string, path: string): string =>
    `${name} ${types.number} GENERATED ALWAYS AS (${field([path], "number")}) STORED`;
  const table = (name: TableName, ...columns: readonly string[]): string =>
    `CREATE TABLE ${dialect.table(name)} (${columns.join(", ")}) ${dialect.tableOptions}`;
  const index = (name: TableName, suffix: string, columns: string, where = ""): string =>
    `CREATE INDEX require_action_${name}_${suffix} ON ${dialect.table(name)} (${columns}) ${where}`;
  const unique = (...rest: Parameters<typeof index>): string => index(...rest).replace("CREATE", "CREATE UNIQUE");
  const sequence = `sequence ${types.sequence}`;
  const document = `document ${types.document} NOT NULL`;

  return [
    table(
      "actions",
      sequence,
      document,
      text("user_id", "userId"),
      text("code", "action"),
      text("idempotency_key", "idempotencyKey"),
      text("action_id", "actionId"),
      text("state", "state"),
      number("created_at", "createdAt"),
    ),
    unique("actions", "key", "user_id, code, idempotency_key"),
    index("actions", "created", "created_at, sequence"),
    index("actions", "user", "user_id, created_at, sequence"),
    index("actions", "code", "code, created_at, sequence"),
    index("actions", "state", "state, created_at, sequence"),

    table(
      "users",
      sequence,
      document,
      text("user_id", "userId"),
      text("email", "email"),
      text("phone_number", "phoneNumber"),
      text("username", "username"),
    ),
    unique("users", "key", "user_id"),
    index("users", "email", "email, user_id", "WHERE email IS NOT NULL"),
    index("users", "phone_number", "phone_number, user_id", "WHERE phone_number IS NOT NULL"),
    index("users", "username", "username, user_id", "WHERE username IS NOT NULL"),

    table(
      "devices",
      sequence,
      document,
      text("user_id", "userId"),
      text("device_id", "deviceId"),
      number("authenticated_at", "authenticatedAt"),
      number("invalidated_at", "invalidatedAt"),
    ),
    unique("devices", "key", "user_id, device_id"),

    table(
      "authenticators",
      sequence,
      document,
      // Set where an authenticator was enrolled on condition of being the user's first.
      `enrolled_first ${types.boolean} NOT NULL`,
      text("user_id", "userId"),
      text("user_authenticator_id", "userAuthenticatorId"),
      text("verification_method", "verificationMethod"),
      text("credential_id", "credential", "credentialId"),
      number("version", "version"),
      number("created_at", "createdAt"),
      number("verified_at", "verifiedAt"),
      number("last_verified_at", "lastVerifiedAt"),
    ),
    unique("authenticators", "key", "user_id, user_authenticator_id"),
    unique("authenticators", "credential", "credential_id"),
    unique("authenticators", "unfinished", "user_id, verification_method", "WHERE verified_at IS NULL"),
    // Two enrolments that each saw no other cannot both be the first.
    unique("authenticators", "first", "user_id", "WHERE enrolled_first"),

    table(
      "challenges",
      sequence,
      document,
      text("action_id", "actionId"),
      text("user_authenticator_id", "userAuthenticatorId"),
      text("challenge_id", "challengeId"),
      number("expires_at", "expiresAt"),
    ),
    unique("challenges", "key", "action_id, user_authenticator_id"),
    index("challenges", "expiry", "expires_at"),

    table(
      "attempts",
      `key ${types.text} PRIMARY KEY`,
      `count ${types.number} NOT NULL`,
      `expires_at ${types.number} NOT NULL`,
    ),
    index("attempts", "expiry", "expires_at"),

    table(
      "velocity",
      `key ${types.text} PRIMARY KEY`,
      // What was added in each part of the window. One row for all of them, so that its lock makes bumps see each other.
      `parts ${types.document} NOT NULL`,
      `oldest_part ${types.number} NOT NULL`,
      `expires_at ${types.number} NOT NULL`,
    ),
    index("velocity", "expiry", "expires_at"),

    table(
      "audit",
      sequence,
      document,
      text("user_id", "userId"),
      text("action_id", "actionId"),
      number("occurred_at", "at"),
    ),
    index("audit", "user", "user_id, sequence", "WHERE user_id IS NOT NULL"),
    index("audit", "action", "action_id, sequence", "WHERE action_id IS NOT NULL"),
    index("audit", "occurred", "occurred_at"),

    table(
      "claims",
      `key ${types.text} PRIMARY KEY`,
      `owner ${types.text} NOT NULL`,
      `expires_at ${types.number} NOT NULL`,
    ),
    index("claims", "expiry", "expires_at"),
  ];
}
