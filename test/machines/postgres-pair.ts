import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { freePort } from "@require-action-test/support/free-port";
import { createFaultProxy, type FaultProxy } from "@require-action-test/support/faults/fault-proxy";
import pg from "pg";
import { openDoor } from "./door.ts";
import { asPostgres, configure, initialize, makeRoot, pidOf, start } from "./postgres-server.ts";

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
  const root = await makeRoot();
  const door = await openDoor();
  /** What the standby receives comes through here. */
  let link: FaultProxy | undefined;
  let [primary, standby]: [Server, Server] = [
    { name: "a", port: await freePort() },
    { name: "b", port: await freePort() },
  ];
  const folderOf = ({ name }: Server): string => join(root, name);

  async function open(server: Server): Promise<void> {
    await configure(folderOf(server), server.port);
    await start(folderOf(server));
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
    await open(standby);
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

  await initialize(folderOf(primary));
  await open(primary);
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

async function ask({ port }: Server, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  return client
    .query(text)
    .then(({ rows }) => rows as readonly unknown[])
    .finally(() => client.end());
}
