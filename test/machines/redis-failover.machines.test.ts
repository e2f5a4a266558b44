import { setTimeout as pass } from "node:timers/promises";
import { allowWarnings } from "@require-action-test/support/warnings";
import type { Ledger } from "@require-action/core/ledger";
import { createRedisLedger, type RedisLedgerOptions } from "@require-action/redis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { clientsOfClusters, clientsOfSentinels, type OpenClient } from "../../packages/redis/test/clients.ts";
import { noRedisServer, type OwnRedis } from "../../packages/redis/test/redis-servers.ts";
import { ENDINGS, type ReplicatedCluster, startReplicatedCluster } from "./redis-cluster.ts";
import { type SentinelGroup, startSentinelGroup } from "./redis-sentinel.ts";
import { rounds } from "./rounds.ts";
import { newUse, TTL_MS, type Use, useUnderLoad, WORKERS } from "./uses.ts";

allowWarnings("RA_REDIS_UNCHECKED");

/** How many approvals are given while a master is suspended, and used on both sides when it wakes up. */
const AT_WAKING = 200;

/** A crash and a suspension by turns, one of each where there are no figures to make; and suspensions alone. */
const all = Array.from({ length: rounds > 3 ? rounds : 2 }, (_, round) => ENDINGS[round % 2]!);
const suspensions = Array.from({ length: Math.ceil(rounds / 3) }, () => ENDINGS[1]);
/** For the figures, by iovalkey as well. */
const isPlayed = ({ name }: { readonly name: string }): boolean =>
  name !== "ioredis 5" && (rounds > 3 || name !== "iovalkey");

const opened: OpenClient[] = [];
afterEach(async () => {
  for (const { close } of opened.splice(0)) await close();
});

/** As a guard does, a claim is given up on after this time: what is sent to a suspended server waits for as long as that is. */
const DEADLINE_MS = 1_500;

/** What a claim is told: that it is won or not; undefined where it is refused or nothing is known. */
async function use(ledger: Ledger, { key, owner, approvedAt }: Use): Promise<boolean | undefined> {
  const deadline = new AbortController();
  const passed = pass(DEADLINE_MS, undefined, { signal: deadline.signal }).catch(() => undefined);
  const claim = Promise.resolve(ledger.claim(key, owner, TTL_MS, approvedAt)).catch(() => undefined);
  return Promise.race([claim, passed]).finally(() => deadline.abort());
}

async function areAllGood(ledger: Ledger): Promise<boolean> {
  const fresh = Array.from({ length: 30 }, newUse);
  return (await Promise.all(fresh.map((one) => use(ledger, one)))).every(Boolean);
}

/** Several servers, one of which takes over from another. */
interface Group {
  failOver(round: number, ending: (typeof ENDINGS)[number]): Promise<OwnRedis>;
  /** Has a server that is there again follow whoever has taken over. */
  rejoin(node: OwnRedis): Promise<void>;
  /** @param gone which server is not to be asked */
  open(gone?: OwnRedis): Promise<OpenClient>;
}

async function openLedger(group: Group, options: RedisLedgerOptions, gone?: OwnRedis): Promise<Ledger> {
  const client = await group.open(gone);
  opened.push(client);
  const settings = { prefix: "machines", persistence: "managed", commandTimeoutMs: 1_000 } as const;
  return createRedisLedger(client.client, { ...settings, ...options });
}

/**
 * Plays the failovers one after another, and answers how many claims there were before them, and how many approvals both sides
 * accepted.
 */
async function playFailovers(
  group: Group,
  endings: readonly (typeof ENDINGS)[number][],
  options: RedisLedgerOptions = {},
): Promise<string> {
  const [ledger, other] = [await openLedger(group, options), await openLedger(group, options)];
  let [total, refused, atWaking, doubled] = [0, 0, 0, 0];
  for (const [round, ending] of endings.entries()) {
    const isSuspended = ending.name === "SIGSTOP";
    // One that goes on asking the server which is suspended.
    const late = isSuspended ? await openLedger(group, options) : undefined;
    let victim: OwnRedis | undefined;
    const won = await useUnderLoad(
      (one) => use(ledger, one),
      async () => void (victim = await group.failOver(round, ending)),
    );
    expect(won.length).toBeGreaterThan(WORKERS);
    total += won.length;
    for (const by of [other, ledger]) {
      const again = await Promise.all(won.map((one) => use(by, { ...one, owner: "attacker" })));
      expect(again).not.toContain(true);
      refused += again.filter((answer) => answer === undefined).length;
    }
    if (late !== undefined) {
      // It waits for no replicas: the new master of a cluster has none before the former one is back.
      const informed = await openLedger(group, {}, victim);
      await expect.poll(() => areAllGood(informed), { timeout: 30_000 }).toBe(true);
      const uses = Array.from({ length: AT_WAKING }, newUse);
      const honest = await Promise.all(uses.map((one) => use(informed, one)));
      const second = uses.map((one) => use(late, { ...one, owner: "attacker" }));
      // They are sent by now, and wait for the one that is suspended.
      await pass(50);
      await ending.revive(victim!);
      const both = (await Promise.all(second)).filter((answer, index) => answer === true && honest[index] === true);
      atWaking += honest.filter(Boolean).length;
      doubled += both.length;
    } else await ending.revive(victim!);
    await group.rejoin(victim!);
    // What is approved from then on is good again, on every node.
    await expect.poll(() => areAllGood(ledger), { timeout: 30_000 }).toBe(true);
    await expect.poll(() => areAllGood(other), { timeout: 30_000 }).toBe(true);
  }
  if (options.waitForReplicas !== undefined) expect(doubled).toBe(0);
  return (
    `${total} claims before ${endings.length} failovers: 0 doubled; ${refused} of ${2 * total} replays refused unseen; ` +
    `${atWaking} approvals when a suspended master woke up: ${doubled} accepted by both`
  );
}

describe.skipIf(noRedisServer)("a Redis Cluster of three masters, each with a replica", () => {
  let cluster: ReplicatedCluster;
  beforeAll(async () => void (cluster = await startReplicatedCluster()));
  afterAll(() => cluster?.close());

  const group = (open: (typeof clientsOfClusters)[number]["open"]): Group => ({
    failOver: (round, ending) => cluster.failOver(round, ending),
    rejoin: (node) => cluster.hasRejoined(node),
    open: (gone) => open(cluster.ports.filter((port) => port !== gone?.port)),
  });
  const clients = clientsOfClusters.filter(isPlayed);

  it.each(clients)(
    `T7, T53: $name: of ${all.length} failovers under load, none makes an approval good twice`,
    { timeout: rounds * 60_000 },
    async ({ name, open }) => console.log(`cluster, ${name}: ${await playFailovers(group(open), all)}`),
  );

  it.each(clients)(
    `T7, T53: $name: nor does a master that wakes up, where claims wait for a replica`,
    { timeout: rounds * 60_000 },
    async ({ name, open }) =>
      console.log(
        `cluster, ${name}, waitForReplicas: ${await playFailovers(group(open), suspensions, { waitForReplicas: 1 })}`,
      ),
  );
});

describe.skipIf(noRedisServer)("a master with two replicas and three sentinels", () => {
  let sentinels: SentinelGroup;
  beforeAll(async () => void (sentinels = await startSentinelGroup()), 60_000);
  afterAll(() => sentinels?.close());

  const group = (open: (typeof clientsOfSentinels)[number]["open"]): Group => ({
    failOver: (_round, ending) => sentinels.failOver(ending),
    rejoin: () => sentinels.rejoin(),
    open: () => open(sentinels.name, sentinels.sentinels),
  });

  it.each(clientsOfSentinels.filter(isPlayed))(
    `T7, T53: $name: of ${all.length} failovers under load, none makes an approval good twice`,
    { timeout: rounds * 60_000 },
    async ({ name, open }) => console.log(`sentinel, ${name}: ${await playFailovers(group(open), all)}`),
  );

  it.each(clientsOfSentinels.filter(isPlayed))(
    `T7, T53: $name: nor does a master that wakes up, where claims wait for a replica`,
    { timeout: rounds * 60_000 },
    async ({ name, open }) =>
      console.log(
        `sentinel, ${name}, waitForReplicas: ${await playFailovers(group(open), suspensions, { waitForReplicas: 1 })}`,
      ),
  );
});
