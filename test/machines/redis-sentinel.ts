import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@require-action-test/support/free-port";
import { type OwnRedis, startRedis } from "../../packages/redis/test/redis-servers.ts";
import { type Ending, isCopied, tell, until } from "./redis-cluster.ts";

const NAME = "bank";
const REPLICAS = 2;
const SENTINELS = 3;
const DOWN_AFTER_MS = 500;

/** One master with two replicas, watched by three sentinels. */
export interface SentinelGroup {
  readonly name: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** Ends the master, and resolves to it once the sentinels have made a replica the master. */
  failOver(ending: Ending): Promise<OwnRedis>;
  /** Has all others follow the master, as the sentinels do after some 10 s. Resolves once each has all there is. */
  rejoin(): Promise<void>;
  close(): Promise<void>;
}

export async function startSentinelGroup(): Promise<SentinelGroup> {
  const persistence = ["--appendonly", "yes", "--appendfsync", "always", "--repl-diskless-sync-delay", "0"];
  const nodes = [await startRedis(...persistence)];
  const port = String(nodes[0]!.port);
  for (let index = 0; index < REPLICAS; index++) {
    nodes.push(await startRedis(...persistence, "--replicaof", "127.0.0.1", port));
  }
  for (const node of nodes.slice(1)) await until(() => isCopied(node));
  const sentinels = await Promise.all(Array.from({ length: SENTINELS }, () => startSentinel(port)));
  for (const one of sentinels) await until(() => knowsAll(one));
  const masterNow = async (): Promise<OwnRedis> => {
    const [, now] = (await tell(sentinels[0]!, "SENTINEL", "get-master-addr-by-name", NAME)).split(",");
    return nodes.find((node) => String(node.port) === now)!;
  };

  return {
    name: NAME,
    sentinels: sentinels.map((one) => ({ host: "127.0.0.1", port: one.port })),
    async failOver({ end }) {
      const victim = await masterNow();
      await end(victim);
      await until(async () => {
        const now = await masterNow();
        return now !== victim && (await tell(now, "ROLE")).startsWith("master");
      });
      return victim;
    },
    async rejoin() {
      const master = await masterNow();
      for (const one of nodes.filter((other) => other !== master)) {
        await until(async () => {
          await tell(one, "REPLICAOF", "127.0.0.1", String(master.port));
          // So do the sentinels: whoever is connected asks them anew.
          await tell(one, "CLIENT", "KILL", "TYPE", "normal");
          return isCopied(one);
        });
      }
      // Sentinels fail over to what they know to follow, and not twice within a moment.
      for (const one of sentinels) await until(() => knowsAll(one));
    },
    async close() {
      for (const one of [...sentinels, ...nodes]) await one.close();
    },
  };
}

async function knowsAll(sentinel: Sentinel): Promise<boolean> {
  const others = await tell(sentinel, "SENTINEL", "sentinels", NAME);
  const replicas = await tell(sentinel, "SENTINEL", "replicas", NAME);
  const healthy = replicas.match(/flags,slave,/g)?.length ?? 0;
  return (others.match(/runid,\w{40}/g)?.length ?? 0) >= SENTINELS - 1 && healthy >= REPLICAS;
}

interface Sentinel {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

async function startSentinel(masterPort: string): Promise<Sentinel> {
  const folder = await mkdtemp(join(tmpdir(), "require-action-sentinel-"));
  const port = await freePort();
  const file = join(folder, "sentinel.conf");
  const settings = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${NAME} 1000`,
    `sentinel parallel-syncs ${NAME} ${REPLICAS}`,
  ];
  await writeFile(file, `${settings.join("\n")}\n`);
  const server: ChildProcess = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
  const url = `redis://127.0.0.1:${port}`;
  await until(() =>
    tell({ url }, "PING").then(
      () => true,
      () => false,
    ),
  );
  return {
    port,
    url,
    async close() {
      const ended = once(server, "exit");
      server.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
