import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { openSqlite } from "../src/open-sqlite.ts";

const url = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

/** A database of one's own. */
export interface TestDatabase {
  /** What `openBank` finds it by. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A kind of database, and why it is skipped. */
export interface DatabaseKind {
  readonly name: string;
  readonly absent: string | undefined;
  create(): Promise<TestDatabase>;
}

/** A reason to skip, or none. Where services must be there, their absence is an error. */
async function reasonToSkip(service: string, reach: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await reach();
    return undefined;
  } catch (error) {
    if (process.env["REQUIRE_SERVICES"] === "1") throw error;
    const reason = `${service} is not there: ${error instanceof Error ? error.message : String(error)}`;
    console.warn(`SKIPPED: ${reason}`);
    return reason;
  }
}

async function ask(query: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  await client.query(query).finally(() => client.end());
}

export const postgres: DatabaseKind = {
  name: "PostgreSQL",
  absent: await reasonToSkip("PostgreSQL", () => ask("SELECT 1")),
  async create() {
    const schema = `test_${randomUUID().replaceAll("-", "")}`;
    return {
      environment: { DATABASE_URL: url, BANK_SCHEMA: schema },
      close: () => ask(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`),
    };
  },
};

export const sqlite: DatabaseKind = {
  name: "SQLite",
  absent: await reasonToSkip("SQLite", async () => (await openSqlite(":memory:")).close()),
  async create() {
    const folder = await mkdtemp(join(tmpdir(), "require-action-bank-"));
    return {
      environment: { BANK_FILE: join(folder, "bank.db") },
      close: () => rm(folder, { recursive: true, force: true }),
    };
  },
};
