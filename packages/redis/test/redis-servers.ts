import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { freePort } from "@require-action-test/support/free-port";
import { createClient } from "redis";

/** The Redis that the tests share: each has keys of its own. */
export const redisUrl: string = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";

/** What the shared Redis may be like: tests rely on nothing that it keeps. */
export const sharedRedis = {
  checks: { persistence: "warn", fsyncAlways: "warn", fsyncEverysec: "warn" },
} as const;

/** A reason to skip. Where services must be there, their absence is an error. */
function absent(reason: string): string {
  if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return reason;
}

/** Why tests on the shared Redis are skipped. */
export const noRedis: string | undefined = await (async () => {
  const client = createClient({ url: redisUrl, socket: { connectTimeout: 10_000, reconnectStrategy: false } });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.close();
    return undefined;
  } catch (error) {
    return absent(`there is no Redis: ${error instanceof Error ? error.message : String(error)}`);
  }
})();

/** Why tests that start, stop or fill a Redis are skipped. */
export const noRedisServer: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0 ? undefined : absent("there is no redis-server to start");

/** A Redis of one's own. */
export interface OwnRedis {
  readonly port: number;
  readonly url: string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again, with what it kept. */
  start(): Promise<void>;
  /** Stops it as a machine that is suspended: connections stay open, and nothing is answered. */
  suspend(): void;
  /** Has it go on where it was. */
  resume(): void;
  close(): Promise<void>;
}

/** Starts a Redis on a free port, with settings such as `--appendonly yes`. It makes no snapshots unless they say `--save`. */
export async function startRedis(...settings: readonly string[]): Promise<OwnRedis> {
  const snapshots = settings.includes("--save") ? [] : ["--save", ""];
  const folder = await mkdtemp(join(tmpdir(), "require-action-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  const kill = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (running === undefined) return;
    const ended = once(running, "exit");
    running.kill("SIGKILL");
    await ended;
  };
  const start = async (): Promise<void> => {
    server = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, ...snapshots, ...settings],
      { stdio: "ignore" },
    );
    // Connecting is tried again until it listens and has read what it kept.
    const client = createClient({ url, socket: { reconnectStrategy: () => 20 } });
    client.on("error", () => {});
    await client.connect();
    const isLoading = (error: unknown): boolean => {
      if (error instanceof Error && error.message.startsWith("LOADING")) return true;
      throw error;
    };
    while (await client.ping().then(() => false, isLoading)) await pass(20);
    client.destroy();
  };
  await start();
  return {
    port,
    url,
    kill,
    start,
    suspend: () => void server?.kill("SIGSTOP"),
    resume: () => void server?.kill("SIGCONT"),
    async close() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a cluster of so many masters on free ports, with all slots in equal parts. */
export async function startCluster(
  masters: number,
  ...settings: readonly string[]
): Promise<{ readonly ports: readonly number[]; close(): Promise<void> }> {
  const nodes = await Promise.all(
    Array.from({ length: masters }, () => startRedis("--cluster-enabled", "yes", ...settings)),
  );
  const ports = nodes.map(({ port }) => port);
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const formed = spawnSync("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"], { encoding: "utf8" });
  if (formed.status !== 0) throw new Error(`the cluster was not formed: ${formed.stdout}${formed.stderr}`);
  for (const { url } of nodes) {
    const node = await createClient({ url }).connect();
    while (!String(await node.sendCommand(["CLUSTER", "INFO"])).includes("cluster_state:ok")) await pass(20);
    node.destroy();
  }
  return { ports, close: async () => void (await Promise.all(nodes.map((node) => node.close()))) };
}
