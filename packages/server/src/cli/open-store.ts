import type { Store } from "@require-action/engine";
import { CliError } from "./cli-error.ts";

/** A store, and how to let go of it. */
export interface OpenStore {
  readonly store: Store;
  close(): Promise<void>;
}

/** What @require-action/sql has for us. It is loaded by name, since it need not be installed. */
interface SqlModule {
  openStore(location: string): Promise<Store & { close(): void | Promise<void> }>;
}
const sqlPackage = "@require-action/sql";

/** Opens the store that `--store` names. @throws CliError */
export async function openStore(location: string): Promise<OpenStore> {
  if (location === "memory") {
    const { createMemoryStore } = await import("@require-action/engine");
    return { store: createMemoryStore(), close: async () => undefined };
  }
  if (!/^(?:sqlite:.|postgres(?:ql)?:\/\/)/.test(location)) {
    throw new CliError("--store must be memory, sqlite:FILE or postgres://…");
  }
  const kind = location.startsWith("sqlite:") ? "sqlite:" : "postgres:";
  const sql = await loadSql();
  if (sql === undefined) {
    throw new CliError(`--store ${kind} comes with the package ${sqlPackage}, which cannot be loaded. Install it.`);
  }
  try {
    const store = await sql.openStore(location);
    return { store, close: async () => store.close() };
  } catch (error) {
    // The location may hold a password, and so may the driver's message: only its code is told.
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`--store ${kind} cannot be opened${typeof code === "string" ? ` (${code})` : ""}.`);
  }
}

async function loadSql(): Promise<SqlModule | undefined> {
  try {
    const loaded = (await import(sqlPackage)) as Partial<SqlModule>;
    return typeof loaded.openStore === "function" ? (loaded as SqlModule) : undefined;
  } catch {
    return undefined;
  }
}
