import { allowWarnings } from "@require-action-test/support/warnings";
import { systemClock } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { createSimulatedRedis, type Delivery } from "../../../test/simulation/redis-simulator.ts";
import { createRedisLedger, type RedisClient, type RedisLedgerOptions } from "../src/index.ts";
import { claim, tick, TTL_MS } from "./claims.ts";

allowWarnings("RA_REDIS_UNCHECKED");

/** What a look at a claim finds: whether it is held, or older than this master; and of whom. */
interface Found {
  readonly held?: -1 | 0 | 1;
  readonly written?: number;
  readonly connected?: number;
  readonly acknowledged?: number;
  readonly master?: string;
}

const CONFIRMED: readonly Found[] = [{}, { acknowledged: 2 }];
const UNCONFIRMED = "ledger_unavailable: redis: UnconfirmedClaim";

/**
 * A simulated Redis which answers each look at a claim's replicas with the next of `findings`, and the last of them from then on.
 * Everything that is sent about replicas is noted.
 */
function createReplicated({ connected = [2] as readonly number[], deliver = (): Delivery => "delivered" } = {}) {
  const redis = createSimulatedRedis({ clock: systemClock, appendonly: "yes", appendfsync: "always" });
  const client = redis.connect(deliver);
  const looks: { readonly keys: readonly string[]; readonly given: readonly string[] }[] = [];
  const claims: typeof looks = [];
  const waits: { readonly key: string | undefined; readonly replicas: number; readonly ms: number }[] = [];
  const state = { findings: [...CONFIRMED], wait: async (): Promise<unknown> => 0, masters: 0 };
  const replicated: RedisClient = {
    configGet: (name) => client.configGet(name),
    async eval(script, options) {
      const [keys, given] = [options.keys, options.arguments.slice(4)];
      if (script.endsWith("return connected")) return connected[state.masters++ % connected.length];
      if (script.includes('"PX", ARGV[')) claims.push({ keys, given });
      if (!script.includes("acknowledged")) return client.eval(script, options);
      looks.push({ keys, given });
      const found = state.findings.length > 1 ? state.findings.shift()! : state.findings[0]!;
      const { held = 1, written = 100, acknowledged = 0, master = redis.replicationId } = found;
      return [held, written, found.connected ?? 2, acknowledged, `${master} 0`];
    },
    async wait(replicas, ms) {
      waits.push({ key: undefined, replicas, ms });
      return state.wait();
    },
  };
  /** Opens a ledger, and forgets what was sent meanwhile. */
  async function open(options: RedisLedgerOptions = {}) {
    const ledger = await createRedisLedger(replicated, { waitForReplicas: 2, ...options });
    for (const list of [looks, claims, waits]) list.length = 0;
    return ledger;
  }
  return { redis, client: replicated, looks, claims, waits, state, open };
}

describe("T53: a claim that waits for its replicas", () => {
  it("counts once they have acknowledged what was written with it", async () => {
    const { state, looks, claims, waits, open } = createReplicated();
    const ledger = await open({ commandTimeoutMs: 10_000 });
    state.findings = [
      { written: 4_711 },
      { written: 4_800, acknowledged: 0 },
      { acknowledged: 1 },
      { acknowledged: 2 },
    ];
    const approvedAt = await tick();
    expect(await claim(ledger, "approval", "alice", approvedAt)).toBe(true);
    expect(waits).toHaveLength(3);
    for (const { replicas, ms } of waits) {
      expect(replicas).toBe(2);
      expect(ms).toBeGreaterThan(1_000);
      expect(ms).toBeLessThanOrEqual(5_000);
    }
    const given = [String(approvedAt), "alice"];
    expect(looks.map((look) => look.given)).toEqual([
      [...given, ""],
      [...given, "4711"],
      [...given, "4711"],
      [...given, "4711"],
    ]);
    expect(new Set(looks.map(({ keys }) => keys.join()))).toEqual(new Set([claims[0]!.keys.join()]));
  });

  it.each([
    ["fewer replicas are connected", [{ connected: 1 }]],
    ["another holds it by then", [{ held: 0 }]],
    ["another holds it after the wait", [{}, { held: 0, acknowledged: 2 }]],
    ["another master answers after the wait", [{}, { master: "another", acknowledged: 2 }]],
  ] as const)("is refused where %s", async (_when, findings) => {
    const { state, waits, open } = createReplicated();
    const ledger = await open({ commandTimeoutMs: 200 });
    state.findings = [...findings];
    await expect(ledger.claim("approval", "alice", TTL_MS)).rejects.toThrow(UNCONFIRMED);
    // Nobody waits where nothing can come of it.
    expect(waits).toHaveLength(findings.length - 1);
  });

  it("needs no more replicas than are demanded", async () => {
    const { state, open } = createReplicated();
    const ledger = await open();
    state.findings = [{ connected: 2 }, { connected: 2, acknowledged: 2 }];
    expect(await claim(ledger, "exactly", "alice")).toBe(true);
    state.findings = [{ connected: 5 }, { connected: 5, acknowledged: 5 }];
    expect(await claim(ledger, "more", "alice")).toBe(true);
  });

  it.each([
    ["before", [{ held: -1 }]],
    ["after", [{}, { held: -1, acknowledged: 2 }]],
  ] as const)("is too old for a master that is noticed %s the wait", async (_when, findings) => {
    const { state, open } = createReplicated();
    const ledger = await open();
    state.findings = [...findings];
    expect(await claim(ledger, "approval", "alice", await tick())).toBe("action_token_expired");
  });

  it("is given up on after half of the time limit, having asked ever less often", async () => {
    const { state, looks, waits, open } = createReplicated();
    const ledger = await open({ commandTimeoutMs: 400 });
    state.findings = [{}];
    const startedAt = performance.now();
    await expect(ledger.claim("approval", "alice", TTL_MS)).rejects.toThrow(UNCONFIRMED);
    const took = performance.now() - startedAt;
    // 1, 2, 4 … 64 milliseconds between them: another 128 would be too long.
    expect(took).toBeGreaterThan(50);
    expect(waits.length).toBeGreaterThan(1);
    expect(waits.length).toBeLessThanOrEqual(8);
    expect(looks).toHaveLength(waits.length + 1);
    for (const { ms } of waits) expect(ms).toBeLessThanOrEqual(200);
  });

  it("is refused where WAIT fails", async () => {
    const { state, open } = createReplicated();
    const ledger = await open();
    state.wait = () => Promise.reject(new Error("UNBLOCKED force unblock"));
    await expect(ledger.claim("approval", "alice", TTL_MS)).rejects.toThrow(
      "ledger_unavailable: redis: Error UNBLOCKED",
    );
  });

  it("and that was lost to another waits for nothing", async () => {
    const { state, looks, waits, open } = createReplicated();
    const ledger = await open();
    expect(await claim(ledger, "approval", "alice")).toBe(true);
    [looks.length, waits.length, state.findings] = [0, 0, [...CONFIRMED]];
    expect(await claim(ledger, "approval", "bob")).toBe(false);
    expect([looks, waits]).toEqual([[], []]);
  });

  it("looks at nothing where none are demanded", async () => {
    const { client, looks, claims, waits } = createReplicated();
    const ledger = await createRedisLedger(client);
    expect(await claim(ledger, "approval", "alice")).toBe(true);
    expect([claims.length, looks, waits]).toEqual([2, [], []]);
  });

  it("is tried out at the start, with a key of nobody's that soon ends", async () => {
    const { client, looks, claims, waits } = createReplicated();
    await createRedisLedger(client, { waitForReplicas: 2 });
    const [tried] = claims;
    const key = tried!.given[1]!;
    expect(key).toMatch(/^[\da-f-]{36}$/);
    expect(tried!.given).toEqual(["", key, "10000"]);
    expect(looks).toEqual([
      { keys: tried!.keys, given: ["", key, ""] },
      { keys: tried!.keys, given: ["", key, "100"] },
    ]);
    expect(waits).toHaveLength(1);
    expect(waits[0]!.ms).toBeGreaterThan(200);
  });
});

describe("the replicas that are connected at the start", () => {
  it.each([
    [[2], true],
    [[3], true],
    [[1], false],
    [[0], false],
  ])("%j are enough for two: %j", async (connected, areEnough) => {
    const { client } = createReplicated({ connected });
    const opening = createRedisLedger(client, { waitForReplicas: 2 });
    if (areEnough) {
      await expect(opening).resolves.toBeDefined();
      return;
    }
    await expect(opening).rejects.toMatchObject({
      code: "configuration_invalid",
      option: "waitForReplicas",
      declaration: "createRedisLedger",
      problem: `demands 2, and INFO of a master of this Redis lists ${connected[0]} that are connected`,
    });
  });

  it("are those of the master that has the fewest", async () => {
    const { client } = createReplicated({ connected: [3, 1, 2] });
    const multi: RedisClient["multi"] = () => ({ wait: () => ({ execAsPipeline: async () => [] }) });
    const opening = createRedisLedger({ ...client, slots: [], multi }, { persistence: "managed", waitForReplicas: 2 });
    await expect(opening).rejects.toThrow("lists 1 that are connected");
  });
});

describe("WAIT", () => {
  it("goes to the node of a cluster that has the claim", async () => {
    const { client, claims, looks, state } = createReplicated();
    const sent: unknown[] = [];
    const cluster: RedisClient = {
      eval: client.eval,
      slots: [],
      wait: () => Promise.reject(new Error("asked every master")),
      multi: (key) => ({
        wait: (replicas, ms) => ({
          async execAsPipeline() {
            sent.push([key, replicas, ms > 0]);
          },
        }),
      }),
    };
    const settings = { persistence: "managed", waitForReplicas: 2 } as const;
    const ledger = await createRedisLedger(cluster, settings);
    for (const list of [sent, claims, looks]) list.length = 0;
    state.findings = [...CONFIRMED];
    expect(await claim(ledger, "approval", "alice")).toBe(true);
    expect(sent).toEqual([[claims[0]!.keys[1], 2, true]]);
    const { multi: _, ...without } = cluster;
    await expect(createRedisLedger(without, settings)).rejects.toMatchObject({ option: "waitForReplicas" });
  });

  it("is not one that a client of a single server lacks", async () => {
    const { client } = createReplicated();
    const { wait: _, ...without } = client;
    await expect(createRedisLedger(without, { waitForReplicas: 1 })).rejects.toMatchObject({
      option: "waitForReplicas",
      declaration: "createRedisLedger",
      problem: "needs a client that sends WAIT: `wait` of node-redis, `pipeline` of ioredis",
    });
  });

  it.each([
    [
      "is sent beside the claim's own key",
      [
        [null, "alice"],
        [null, 2],
      ] as [Error | null, unknown][],
      true,
    ],
    ["may have been sent to nobody", null, true],
    [
      "failed",
      [
        [null, "alice"],
        [new Error("NOPERM no WAIT"), null],
      ] as [Error | null, unknown][],
      "ledger_unavailable",
    ],
  ])("of ioredis %s", async (_what, answers, outcome) => {
    const { client, claims, looks, state } = createReplicated();
    const pipelines: unknown[] = [];
    let given: typeof answers = [[null, null]];
    const ioRedis = {
      status: "ready",
      on: () => {},
      isCluster: true,
      evalsha: () => Promise.reject(new Error("NOSCRIPT No matching script.")),
      eval: (script: string, count: number, ...rest: string[]) =>
        client.eval(script, { keys: rest.slice(0, count), arguments: rest.slice(count) }),
      pipeline(commands: unknown[][]) {
        pipelines.push(commands);
        return { exec: async () => given };
      },
    };
    const ledger = await createRedisLedger(ioRedis, { persistence: "managed", waitForReplicas: 2 });
    for (const list of [pipelines, claims, looks]) list.length = 0;
    [state.findings, given] = [[...CONFIRMED], answers];
    expect(await claim(ledger, "approval", "alice")).toBe(outcome);
    expect(pipelines).toEqual([
      [
        ["get", claims[0]!.keys[1]],
        ["wait", 2, expect.any(Number)],
      ],
    ]);
  });
});
