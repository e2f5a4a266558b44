import { spawnSync } from "node:child_process";
import { setTimeout as pass } from "node:timers/promises";
import { createClient } from "redis";
import { type OwnRedis, startRedis } from "../../packages/redis/test/redis-servers.ts";

const MASTERS = 3;
const NODE_TIMEOUT_MS = 500;

/** A cluster of three masters, each with a replica. */
export interface ReplicatedCluster {
  readonly ports: readonly number[];
  /** Ends a master, whose replica takes over. Resolves once all slots are served again, with the node that is gone. */
  failOver(round: number, ending: Ending): Promise<OwnRedis>;
  /** Resolves once a node that is there again is a replica that has all there is. */
  hasRejoined(node: OwnRedis): Promise<void>;
  close(): Promise<void>;
}

/** @param nodeTimeoutMs after which a master that is not heard of is replaced */
export async function startReplicatedCluster(nodeTimeoutMs = NODE_TIMEOUT_MS): Promise<ReplicatedCluster> {
  const settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", String(nodeTimeoutMs)];
  const persistence = ["--appendonly", "yes", "--appendfsync", "always"];
  const nodes = await Promise.all(Array.from({ length: 2 * MASTERS }, () => startRedis(...settings, ...persistence)));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const create = ["--cluster", "create", ...addresses, "--cluster-replicas", "1", "--cluster-yes"];
  const formed = spawnSync("redis-cli", create, { encoding: "utf8" });
  if (formed.status !== 0) throw new Error(`the cluster was not formed: ${formed.stdout}${formed.stderr}`);
  for (const node of nodes) await until(async () => (await isWhole(node)) && (await isCopiedOrMaster(node)));

  const mastersNow = async (): Promise<readonly OwnRedis[]> => {
    const masters: OwnRedis[] = [];
    for (const node of nodes) if ((await tell(node, "ROLE")).startsWith("master")) masters.push(node);
    return masters;
  };

  return {
    ports: nodes.map(({ port }) => port),
    async failOver(round, { end }) {
      const masters = await mastersNow();
      const victim = masters[round % masters.length]!;
      await end(victim);
      const others = nodes.filter((node) => node !== victim);
      // The others take a while to agree that it is gone.
      await pass(2 * nodeTimeoutMs);
      for (const node of others) await until(() => isWhole(node));
      return victim;
    },
    hasRejoined: (node) => until(async () => (await isWhole(node)) && (await isCopied(node))),
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  };
}

/** How a server ends, and is there again. */
export interface Ending {
  readonly name: string;
  readonly end: (victim: OwnRedis) => Promise<void> | void;
  readonly revive: (victim: OwnRedis) => Promise<void> | void;
}

/** A crash, and a suspension: its connections stay open, and it does not know that time has passed. */
export const ENDINGS: readonly [kill: Ending, suspend: Ending] = [
  { name: "SIGKILL", end: (victim) => victim.kill(), revive: (victim) => victim.start() },
  { name: "SIGSTOP", end: (victim) => victim.suspend(), revive: (victim) => victim.resume() },
];

const isWhole = async (node: OwnRedis): Promise<boolean> =>
  (await tell(node, "CLUSTER", "INFO")).includes("cluster_state:ok");

export const isCopied = async (node: OwnRedis): Promise<boolean> =>
  (await tell(node, "INFO", "replication")).includes("master_link_status:up");

async function isCopiedOrMaster(node: OwnRedis): Promise<boolean> {
  return (await tell(node, "INFO", "replication")).includes("role:master") || isCopied(node);
}

export async function tell({ url }: Pick<OwnRedis, "url">, ...command: readonly string[]): Promise<string> {
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false } });
  client.on("error", () => {});
  await client.connect();
  const answer: unknown = await client.sendCommand([...command]).finally(() => client.destroy());
  return String(answer);
}

/** Waits for a condition; while it cannot be told, as a server that was just started loads what it has, it does not hold. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await pass(20);
}
