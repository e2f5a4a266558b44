import { allowWarnings } from "@require-action-test/support/warnings";
import type { Ledger } from "@require-action/core/ledger";
import { createRedisLedger } from "@require-action/redis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientsOfClusters, type OpenClient } from "../../packages/redis/test/clients.ts";
import { noRedisServer, type OwnRedis } from "../../packages/redis/test/redis-servers.ts";
import { type ReplicatedCluster, startReplicatedCluster } from "./redis-cluster.ts";
import { rounds } from "./rounds.ts";
import { newUse, TTL_MS, type Use, useUnderLoad, WORKERS } from "./uses.ts";

allowWarnings("RA_REDIS_UNCHECKED");

describe.skipIf(noRedisServer)("a Redis Cluster of three masters, each with a replica", () => {
  let cluster: ReplicatedCluster;
  const opened: OpenClient[] = [];

  beforeAll(async () => {
    cluster = await startReplicatedCluster();
  });
  afterAll(async () => {
    for (const { close } of opened) await close();
    await cluster?.close();
  });

  async function openLedger(open: (typeof clientsOfClusters)[number]["open"]): Promise<Ledger> {
    const client = await open(cluster.ports);
    opened.push(client);
    return createRedisLedger(client.client, { prefix: "machines", persistence: "managed", commandTimeoutMs: 1_000 });
  }

  /** What a claim is told: that it is won or not, or a refusal; undefined where nothing is known. */
  const use = (ledger: Ledger, { key, owner, approvedAt }: Use): Promise<boolean | undefined> =>
    Promise.resolve(ledger.claim(key, owner, TTL_MS, approvedAt)).catch(() => undefined);

  it.each(clientsOfClusters.filter(({ name }) => name !== "ioredis 5"))(
    `T7, T53: $name: of ${rounds} failovers under load, none makes an approval good twice`,
    { timeout: rounds * 60_000 },
    async ({ open }) => {
      const [ledger, other] = [await openLedger(open), await openLedger(open)];
      let [total, refused] = [0, 0];
      for (let round = 0; round < rounds; round++) {
        let victim: OwnRedis | undefined;
        const won = await useUnderLoad(
          (one) => use(ledger, one),
          async () => void (victim = await cluster.failOver(round)),
        );
        expect(won.length).toBeGreaterThan(WORKERS);
        total += won.length;
        for (const by of [other, ledger]) {
          for (const one of won) {
            const again = await use(by, { ...one, owner: "attacker" });
            expect(again).not.toBe(true);
            if (again === undefined) refused++;
          }
        }
        await cluster.rejoin(victim!);
        // What is approved from then on is good again, on every node.
        await expect.poll(() => areAllGood(ledger)).toBe(true);
      }
      console.log(
        `${total} claims before ${rounds} failovers: 0 doubled; ${refused} of ${2 * total} replays refused unseen`,
      );
    },
  );

  async function areAllGood(ledger: Ledger): Promise<boolean> {
    const fresh = Array.from({ length: 30 }, newUse);
    return (await Promise.all(fresh.map((one) => use(ledger, one)))).every(Boolean);
  }
});
