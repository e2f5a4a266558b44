import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { freePort } from "@require-action-test/support/free-port";
import { databaseUrl, noPostgres, openPool, PATIENCE_MS } from "./databases.ts";

/** Why tests that need PgBouncer are skipped. */
export const noPgBouncer: string | undefined = noPostgres ?? findPgBouncer();

function findPgBouncer(): string | undefined {
  if (spawnSync("pgbouncer", ["--version"]).status === 0) return undefined;
  const reason = "there is no pgbouncer to start";
  if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return reason;
}

/** The minor version: 18 of 1.18.0. */
function version(): number {
  const { stdout } = spawnSync("pgbouncer", ["--version"], { encoding: "utf8" });
  return Number(/^PgBouncer 1\.(\d+)/.exec(stdout)?.[1] ?? 0);
}

/** A PgBouncer of one's own, in front of the PostgreSQL that the tests share. */
export interface OwnPgBouncer {
  readonly url: string;
  close(): Promise<void>;
}

/** Settings of `[pgbouncer]`, and a query that each connection to the server begins with. */
export interface PgBouncerSettings extends Readonly<Record<string, string | undefined>> {
  readonly connectQuery?: string;
}

/** What gives each connection to the server a time limit, as `ALTER ROLE … SET statement_timeout` would. */
export const BOUNDED = { connectQuery: `SET statement_timeout = ${PATIENCE_MS}` } as const;

/** It refuses to run as root. */
const NOBODY = 65_534;

/** Starts PgBouncer in transaction mode on a free port, with settings as they come but for these. */
export async function startPgBouncer({
  connectQuery,
  ...settings
}: PgBouncerSettings = BOUNDED): Promise<OwnPgBouncer> {
  const { hostname, port: serverPort, pathname, username, password } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), "require-action-pgbouncer-"));
  const port = await freePort();
  const database = [
    `host=${hostname}`,
    `port=${serverPort || "5432"}`,
    `user=${decodeURIComponent(username) || "postgres"}`,
    ...(password === "" ? [] : [`password=${decodeURIComponent(password)}`]),
    ...(connectQuery === undefined ? [] : [`connect_query='${connectQuery}'`]),
  ];
  const lines = Object.entries({
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "any",
    pool_mode: "transaction",
    default_pool_size: "6",
    // From 1.21 on it can keep prepared statements; before, this is not a setting.
    ...(version() >= 21 && { max_prepared_statements: "0" }),
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`);
  const file = join(folder, "pgbouncer.ini");
  await writeFile(file, ["[databases]", `* = ${database.join(" ")}`, "[pgbouncer]", ...lines, ""].join("\n"));
  await chmod(folder, 0o755);
  const isRoot = process.getuid?.() === 0;
  const bouncer = spawn("pgbouncer", [file], { stdio: "ignore", ...(isRoot && { uid: NOBODY, gid: NOBODY }) });
  const url = `postgres://127.0.0.1:${port}${pathname}?user=${username || "postgres"}`;
  await listening(url, bouncer);
  return {
    url,
    async close() {
      if (bouncer.exitCode === null && bouncer.signalCode === null) {
        const ended = once(bouncer, "exit");
        bouncer.kill("SIGKILL");
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listening(url: string, bouncer: ChildProcess): Promise<void> {
  const pool = openPool({ connectionString: url, max: 1, statement_timeout: false });
  for (let tries = 0; ; tries++) {
    try {
      await pool.query("SELECT 1");
      return await pool.end();
    } catch (error) {
      if (tries > 500 || bouncer.exitCode !== null) throw error;
      await pass(20);
    }
  }
}
