import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { appendFile, chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@require-action-test/support/free-port";
import { createFaultProxy, type FaultProxy } from "@require-action-test/support/faults/fault-proxy";
import pg from "pg";
import { openDoor } from "./door.ts";

const VERSIONS = "/usr/lib/postgresql";
/** Where Debian has the newest server's programs. */
const programs = existsSync(VERSIONS)
  ? join(
      VERSIONS,
      readdirSync(VERSIONS)
        .toSorted((a, b) => Number(a) - Number(b))
        .at(-1)!,
      "bin",
    )
  : undefined;

/** Why tests that start servers of PostgreSQL are skipped. */
export const noPostgresServer: string | undefined = ((): string | undefined => {
  if (programs !== undefined && existsSync(join(programs, "initdb"))) return undefined;
  const reason = `there is no PostgreSQL below ${VERSIONS} to start`;
  if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return reason;
})();

/** A primary and its standby, of one's own. */
export interface PostgresPair {
  /** Leads to the primary, whichever that is. */
  readonly url: string;
  /** Leads to the standby, whichever that is. */
  readonly standbyUrl: string;
  /** Resolves once the standby has all there is. */
  catchUp(): Promise<void>;
  /** Has the standby receive nothing any more, as a link that stalls does. */
  lag(): Promise<void>;
  /** Kills the primary, and makes the standby the primary. Resolves once it takes writes. */
  failOver(): Promise<void>;
  /** Makes a standby of the server that was killed. Resolves once it has all there is. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
}

interface Server {
  readonly name: string;
  readonly port: number;
}

/**
 * Starts a primary and a standby, on free ports of this machine. A synchronous standby has each commit before it is answered.
 */
export async function startPostgresPair({ synchronous }: { readonly synchronous: boolean }): Promise<PostgresPair> {
  const root = await mkdtemp(join(tmpdir(), "require-action-postgres-"));
  await chmod(root, 0o777);
  const door = await openDoor();
  /** What the standby receives comes through here. */
  let link: FaultProxy | undefined;
  let [primary, standby]: [Server, Server] = [
    { name: "a", port: await freePort() },
    { name: "b", port: await freePort() },
  ];
  const folderOf = ({ name }: Server): string => join(root, name);

  async function start(server: Server): Promise<void> {
    const settings = [
      `port=${server.port}`,
      "listen_addresses='127.0.0.1'",
      "unix_socket_directories=''",
      "shared_buffers=16MB",
    ];
    await appendFile(join(folderOf(server), "postgresql.conf"), `\n${settings.join("\n")}\n`);
    await asPostgres("pg_ctl", "-D", folderOf(server), "-l", `${folderOf(server)}.log`, "-w", "start");
  }

  async function attachStandby(): Promise<void> {
    link = await createFaultProxy({ port: primary.port });
    const from = ["-h", "127.0.0.1", "-p", String(link.port), "-U", "postgres"];
    const name = `application_name=standby_${standby.name}`;
    await asPostgres(
      "pg_basebackup",
      ...from,
      "-D",
      folderOf(standby),
      "-R",
      "-X",
      "stream",
      "-c",
      "fast",
      "--no-sync",
      "-d",
      name,
    );
    await start(standby);
    if (synchronous) {
      await ask(primary, `ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (standby_${standby.name})'`);
      await ask(primary, "SELECT pg_reload_conf()");
    }
    const state = synchronous ? "sync_state = 'sync'" : "state = 'streaming'";
    while ((await ask(primary, `SELECT 1 FROM pg_stat_replication WHERE ${state}`)).length === 0) await pass(20);
  }

  async function catchUp(): Promise<void> {
    const hasAll = "SELECT 1 FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()";
    while ((await ask(primary, hasAll)).length === 0) await pass(20);
  }

  await asPostgres("initdb", "-D", folderOf(primary), "-A", "trust", "-U", "postgres", "--no-sync");
  await start(primary);
  await attachStandby();
  door.leadTo(primary.port);

  return {
    url: `postgres://postgres@127.0.0.1:${door.port}/postgres`,
    get standbyUrl() {
      return `postgres://postgres@127.0.0.1:${standby.port}/postgres`;
    },
    catchUp,
    lag: async () => link?.use({ kind: "stall" }),
    async failOver() {
      process.kill(pidOf(folderOf(primary)), "SIGKILL");
      await link?.close();
      [primary, standby] = [standby, primary];
      await asPostgres("pg_ctl", "-D", folderOf(primary), "-w", "promote");
      // Alone, it would wait for itself.
      await ask(primary, "ALTER SYSTEM SET synchronous_standby_names = ''");
      await ask(primary, "SELECT pg_reload_conf()");
      door.leadTo(primary.port);
    },
    async rebuild() {
      await rm(folderOf(standby), { recursive: true });
      await attachStandby();
    },
    async close() {
      await door.close();
      await link?.close();
      for (const server of [standby, primary]) {
        await asPostgres("pg_ctl", "-D", folderOf(server), "-m", "immediate", "stop").catch(() => {});
      }
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
async function asPostgres(program: string, ...args: readonly string[]): Promise<void> {
  const path = join(programs!, program);
  const [command, given] =
    process.getuid?.() === 0 ? ["runuser", ["-u", "postgres", "--", path, ...args]] : [path, [...args]];
  // pg_ctl leaves servers behind that hold on to what they inherit.
  await promisify(execFile)("sh", ["-c", '"$0" "$@" >/dev/null 2>&1 </dev/null', command, ...given], { cwd: tmpdir() });
}

async function ask({ port }: Server, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  return client
    .query(text)
    .then(({ rows }) => rows as readonly unknown[])
    .finally(() => client.end());
}

function pidOf(folder: string): number {
  return Number(readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n")[0]);
}
