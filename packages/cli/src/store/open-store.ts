import { existsSync } from "node:fs";
import { ConfigurationError, RequireActionError } from "@require-action/core";
import { createMemoryStore, type Store } from "@require-action/engine";
import { CliError, type Terminal } from "../lib/terminal.ts";
import { openPostgresPool, openSqliteDatabase } from "./databases.ts";
import type { StoreLocation } from "./store-location.ts";

/** A store that is open until it is closed. */
export interface OpenStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** How to open a store. */
interface StoreSettings {
  readonly migrate: boolean;
  readonly keptMs?: number | undefined;
  /** Start-up checks that warn rather than refuse. */
  readonly warnChecks?: readonly string[];
}

/** Opens a store, with its tables brought up to date when asked. @throws CliError */
export async function openStore(
  location: StoreLocation,
  { migrate, keptMs, warnChecks = [] }: StoreSettings,
  { warn }: Pick<Terminal, "warn">,
): Promise<OpenStore> {
  if (location.kind === "memory") {
    if (keptMs !== undefined) throw new CliError("--keep-days is for SQLite and PostgreSQL only.");
    if (migrate) throw new CliError("--migrate is for SQLite and PostgreSQL only.");
    if (warnChecks.length > 0) throw new CliError("--warn-check is for SQLite and PostgreSQL only.");
    return { store: createMemoryStore(), close: async () => undefined };
  }
  const sql = await import("@require-action/sql");
  const retention = keptMs === undefined ? {} : { actionsMs: keptMs, auditMs: keptMs };
  const checks = Object.fromEntries(warnChecks.map((name) => [name, "warn"] as const));
  if (location.kind === "sqlite") {
    // Opening would make an empty one.
    if (!migrate && !existsSync(location.file)) throw notMigrated("the tables in this file are missing or old");
    const { database, close } = await openSqliteDatabase(location.file);
    return opened(async () => sql.createSqliteStore(database, { migrate, retention, checks }), close);
  }
  const { url, schema, replicaUrl } = location;
  const primary = await openPostgresPool(url, warn);
  const replica = replicaUrl === undefined ? undefined : await openPostgresPool(replicaUrl, warn, "the replica");
  const options = { schema, migrate, retention, checks, ...(replica && { readPool: replica.pool }) };
  return opened(
    () => sql.createPostgresStore(primary.pool, options),
    async () => void (await Promise.all([primary.close(), replica?.close()])),
  );
}

/** Brings a database's tables to the current version. @throws CliError */
export async function migrateStore(
  location: Exclude<StoreLocation, { readonly kind: "memory" }>,
  { warn }: Pick<Terminal, "warn">,
): Promise<void> {
  const sql = await import("@require-action/sql");
  if (location.kind === "sqlite") {
    const { database, close } = await openSqliteDatabase(location.file);
    await inWords(async () => sql.migrateSqlite(database)).finally(close);
  } else {
    const { pool, close } = await openPostgresPool(location.url, warn);
    await inWords(() => sql.migratePostgres(pool, { schema: location.schema })).finally(close);
  }
}

async function opened(open: () => Promise<Store>, close: () => Promise<void>): Promise<OpenStore> {
  try {
    return { store: await inWords(open), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What went wrong, for whoever called the command: never what a database says itself, which may name users and hosts. */
export async function inWords<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (error instanceof ConfigurationError) {
      if (error.option === "migrate") throw notMigrated(error.problem);
      const [, check] = /^checks\.(.*)$/.exec(error.option) ?? [];
      if (check !== undefined) throw new CliError(`--warn-check ${check}: ${error.problem}`);
      const flag = error.option === "schema" ? "--schema" : "--store";
      throw new CliError(`${flag}: ${error.option}: ${error.problem}`);
    }
    const { code, name } = error as NodeJS.ErrnoException;
    const detail = error instanceof RequireActionError ? error.detail : (code ?? name);
    throw new CliError(`--store: the database cannot be used (${detail}).`, 1);
  }
}

function notMigrated(problem: string): CliError {
  // What the problem is comes in front of a remedy, which is a function's name here.
  const [tables] = problem.split(":");
  return new CliError(
    `--store: ${tables}. Run require-action migrate with the same --store and --schema, or serve with --migrate.`,
  );
}
