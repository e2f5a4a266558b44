import { createHash, randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { allowWarnings } from "@require-action-test/support/warnings";
import { lengthPrefixed } from "@require-action/core/options";
import type { Ledger } from "@require-action/core/ledger";
import { createRedisLedger } from "@require-action/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clientsOfClusters } from "../../packages/redis/test/clients.ts";
import { noRedisServer } from "../../packages/redis/test/redis-servers.ts";
import { moveSlots } from "./moving-slots.ts";
import { type ReplicatedCluster, startReplicatedCluster } from "./redis-cluster.ts";
import { rounds } from "./rounds.ts";
import { TTL_MS, WORKERS } from "./uses.ts";

allowWarnings("RA_REDIS_UNCHECKED");

const CLAIMS_EACH = 25;
/** Over these a ledger spreads its keys. */
const BUCKETS = 64;
const bucketOf = (key: string): number =>
  createHash("sha256")
    .update(lengthPrefixed([key]))
    .digest()[0]! % BUCKETS;
const APPROVALS = Math.min(60, 4 * rounds);

type Answer = "won" | "lost" | "expired";

describe.skipIf(noRedisServer)("a Redis Cluster whose slots are moved", () => {
  let cluster: ReplicatedCluster;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => void (cluster = await startReplicatedCluster(10_000)));
  afterAll(() => cluster?.close());
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it.each(clientsOfClusters.filter(({ name }) => name !== "ioredis 5"))(
    `T5, T53: $name: of ${APPROVALS} approvals, each claimed by ${WORKERS} clients for ${CLAIMS_EACH} owners at once, none is good twice`,
    { timeout: 60_000 + APPROVALS * 5_000 },
    async ({ name, open }) => {
      const prefix = name.replaceAll(/\W/g, "-");
      const openLedger = async (): Promise<Ledger> => {
        const { client, close } = await open(cluster.ports);
        closing.push(close);
        return createRedisLedger(client, { prefix, persistence: "managed", commandTimeoutMs: 1_000 });
      };
      const ledgers = await Promise.all(Array.from({ length: WORKERS }, openLedger));
      const keys = Array.from({ length: BUCKETS }, (_, bucket) => `${prefix}:{ledger-${bucket}}:slot`);
      const slots = await moveSlots(cluster.ports, keys, { atOnce: 8, pauseMs: 10 });
      const counts = { once: 0, expired: 0, unavailable: 0 };

      /** Asks until there is an answer: what is unavailable now may be asked for again by the same owner. */
      async function claim(ledger: Ledger, key: string, owner: string, approvedAt: number): Promise<Answer> {
        for (;;) {
          try {
            return (await ledger.claim(key, owner, TTL_MS, approvedAt)) ? "won" : "lost";
          } catch (error) {
            const { code } = error as { readonly code?: string };
            if (code === "action_token_expired") return "expired";
            expect(code).toBe("ledger_unavailable");
            counts.unavailable++;
          }
        }
      }

      async function keyOfMovingSlot(): Promise<string> {
        for (;;) {
          const key = randomUUID();
          if (slots.moving.has(keys[bucketOf(key)]!)) return key;
          await pass(1);
        }
      }

      for (let approval = 0; approval < APPROVALS; approval++) {
        // Every other one on a slot that is being moved; the others, wherever they belong.
        const [key, approvedAt] = [approval % 2 === 0 ? await keyOfMovingSlot() : randomUUID(), Date.now()];
        await pass(2);
        const claims = ledgers.flatMap((ledger) =>
          Array.from({ length: CLAIMS_EACH }, async () => {
            const owner = randomUUID();
            return { ledger, owner, answer: await claim(ledger, key, owner, approvedAt) };
          }),
        );
        const answers = await Promise.all(claims);
        const winners = answers.filter(({ answer }) => answer === "won");
        const isExpired = answers.some(({ answer }) => answer === "expired");
        expect(winners.length).toBeLessThanOrEqual(1);
        // Without a winner, its slot was moved: its user approves again.
        if (winners.length === 0) expect(isExpired).toBe(true);
        for (const { ledger, owner } of winners) {
          expect(await claim(ledger, key, owner, approvedAt)).not.toBe("lost");
          counts.once++;
        }
        if (isExpired) counts.expired++;
      }
      const moves = await slots.stop();
      expect(moves).toBeGreaterThan(0);
      expect(counts.expired).toBeGreaterThan(0);
      expect(counts.once).toBeGreaterThan(0);
      // Once all stay where they are, an approval is refused once at most: by the first that notices the move.
      for (let index = 0; index < 4 * BUCKETS; index++) {
        const key = randomUUID();
        const first = await claim(ledgers[0]!, key, "alice", Date.now());
        await pass(2);
        if (first === "expired") expect(await claim(ledgers[1]!, key, "alice", Date.now())).toBe("won");
        else expect(first).toBe("won");
      }
      console.log(
        `${name}: ${APPROVALS} approvals × ${WORKERS * CLAIMS_EACH} owners, ${moves} moves of a slot: ${counts.once} won once, ` +
          `0 twice, ${counts.expired} refused to some owner as given before a move; ${counts.unavailable} claims asked again`,
      );
    },
  );
});
