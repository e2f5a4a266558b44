import type { Dialect } from "../database/dialect.ts";
import { figures } from "./figures.ts";
import { inbox } from "./inbox.ts";
import { initial } from "./initial.ts";
import { outbox } from "./outbox.ts";
import { policies } from "./policies.ts";
import { receipts, waitingReceipts } from "./receipts.ts";
import { reviewers } from "./reviewers.ts";
import { reviews, reviewsByUserAndCode } from "./reviews.ts";
import { sessions } from "./sessions.ts";
import { timelines } from "./timelines.ts";
import { toldEvents } from "./told-events.ts";

/**
 * What brings the tables from one version to the next, the first making version 1. A migration only adds: processes of the
 * version before go on beside it. One that was released never changes.
 */
const migrations: readonly ((dialect: Dialect) => readonly string[])[] = [
  initial,
  forgottenApprovals,
  challengesByUser,
  toldEvents,
  sessions,
  outbox,
  timelines,
  policies,
  reviewers,
  reviews,
  ownersByAddress,
  receipts,
  inbox,
  figures,
  reviewsByUserAndCode,
  waitingReceipts,
];

/** The version that this code needs. A newer one serves it as well. */
export const currentVersion: number = migrations.length;

/** The statements that bring the tables from `version` to the current one. */
export function statementsSince(version: number, dialect: Dialect): readonly string[] {
  const table = dialect.table("migrations");
  return migrations.flatMap((migration, index) =>
    index < version ? [] : [...migration(dialect), `INSERT INTO ${table} (version) VALUES (${index + 1})`],
  );
}

/** The table that records the version of the others. */
export function migrationsTable(dialect: Dialect): string {
  return `CREATE TABLE IF NOT EXISTS ${dialect.table("migrations")} (version integer PRIMARY KEY)`;
}

/** Asks how far the tables are. */
export function versionQuery(dialect: Dialect): string {
  return `SELECT max(version) AS version FROM ${dialect.table("migrations")}`;
}

/** Has a user's challenges found when the user is deleted. An index alone: rows and columns stay as they are. */
export function challengesByUser({ table, field }: Dialect): readonly string[] {
  return [`CREATE INDEX require_action_challenges_user ON ${table("challenges")} ((${field(["userId"], "text")}))`];
}

/** Has the owners of an address found by their authenticators, which may have another one than the user. Indexes alone. */
function ownersByAddress({ table, field }: Dialect): readonly string[] {
  const index = (suffix: string, name: string): string =>
    `CREATE INDEX require_action_authenticators_${suffix} ON ${table("authenticators")}
      ((${field([name], "text")}), user_id) WHERE verified_at IS NOT NULL`;
  return [index("email", "email"), index("phone_number", "phoneNumber")];
}

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
