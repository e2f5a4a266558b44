import { spawnSync } from "node:child_process";
import { setTimeout as pass } from "node:timers/promises";
import { createClient } from "redis";
import { type OwnRedis, startRedis } from "../../packages/redis/test/redis-servers.ts";

const MASTERS = 3;
const NODE_TIMEOUT_MS = 500;

/** A cluster of three masters, each with a replica. */
export interface ReplicatedCluster {
  readonly ports: readonly number[];
  /** Kills a master, whose replica takes over. Resolves once all slots are served again, with the node that was killed. */
  failOver(round: number): Promise<OwnRedis>;
  /** Starts a node again. Resolves once it is a replica that has all there is. */
  rejoin(node: OwnRedis): Promise<void>;
  close(): Promise<void>;
}

export async function startReplicatedCluster(): Promise<ReplicatedCluster> {
  const settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", String(NODE_TIMEOUT_MS)];
  const persistence = ["--appendonly", "yes", "--appendfsync", "always"];
  const nodes = await Promise.all(Array.from({ length: 2 * MASTERS }, () => startRedis(...settings, ...persistence)));
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const create = ["--cluster", "create", ...addresses, "--cluster-replicas", "1", "--cluster-yes"];
  const formed = spawnSync("redis-cli", create, { encoding: "utf8" });
  if (formed.status !== 0) throw new Error(`the cluster was not formed: ${formed.stdout}${formed.stderr}`);
  for (const node of nodes) await until(async () => (await isWhole(node)) && (await isCopiedOrMaster(node)));

  return {
    ports: nodes.map(({ port }) => port),
    async failOver(round) {
      const masters: OwnRedis[] = [];
      for (const node of nodes) if ((await tell(node, "ROLE")).startsWith("master")) masters.push(node);
      const victim = masters[round % masters.length]!;
      await victim.kill();
      const others = nodes.filter((node) => node !== victim);
      // The others take a while to agree that it is gone.
      await pass(2 * NODE_TIMEOUT_MS);
      for (const node of others) await until(() => isWhole(node));
      return victim;
    },
    async rejoin(node) {
      await node.start();
      await until(
        async () =>
          (await isWhole(node)) && (await tell(node, "INFO", "replication")).includes("master_link_status:up"),
      );
    },
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  };
}

const isWhole = async (node: OwnRedis): Promise<boolean> =>
  (await tell(node, "CLUSTER", "INFO")).includes("cluster_state:ok");

async function isCopiedOrMaster(node: OwnRedis): Promise<boolean> {
  const replication = await tell(node, "INFO", "replication");
  return replication.includes("role:master") || replication.includes("master_link_status:up");
}

async function tell({ url }: OwnRedis, ...command: readonly string[]): Promise<string> {
  const client = createClient({ url });
  client.on("error", () => {});
  await client.connect();
  const answer: unknown = await client.sendCommand([...command]).finally(() => client.destroy());
  return String(answer);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pass(20);
}
