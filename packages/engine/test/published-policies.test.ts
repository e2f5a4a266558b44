import { createMemoryStore, type Engine, type EngineOptions, type Policy, type Store } from "@require-action/engine";
import {
  compilePolicy,
  POLICY_FORMAT,
  PolicyError,
  type PolicyStatus,
  publishPolicy,
} from "@require-action/engine/policy";
import { expectWarning } from "@require-action-test/support/warnings";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createHarness, remote, track } from "./harness.ts";

type Outcome = "ALLOW" | "CHALLENGE" | "REVIEW" | "BLOCK";

const payWith = (defaultOutcome: Outcome): Policy => ({ actions: { pay: { defaultOutcome } } });
const versionOf = (outcome: Outcome): string => compilePolicy(payWith(outcome)).version;

/** An engine on this store that has taken over what is published. */
async function follower(store: Store, options: Partial<EngineOptions> = {}) {
  const harness = createHarness({ store, policy: payWith("BLOCK"), ...options });
  await harness.engine.policies.check();
  return harness;
}

const inForce = ({ policies }: Engine): number | undefined => policies.status().published?.number;

/** A version as a process publishes it that is not of this code. */
async function publishRaw(store: Store, change: { source?: string; version?: string; format?: number }): Promise<void> {
  const given = { version: "a version", format: POLICY_FORMAT, source: "actions: {}", publishedAt: 0, ...change };
  await store.addPolicy(given, { type: "policy.published", at: 0 });
}

describe("publishing", () => {
  it("reads a policy whole, and refuses one with mistakes with their paths", async () => {
    const store = createMemoryStore();
    const wrong = { actions: { pay: { defaultOutcome: "MAYBE" }, "add payee": { defaultOutcome: "ALLOW" } } };
    const refused = publishPolicy(store, JSON.stringify(wrong));
    await expect(refused).rejects.toBeInstanceOf(PolicyError);
    await expect(refused).rejects.toMatchObject({
      mistakes: expect.arrayContaining([expect.objectContaining({ path: "actions.pay.defaultOutcome" })]),
    });
    expect(await store.findNewestPolicy()).toBeUndefined();
  });

  it("keeps the text as it was written, and who published it", async () => {
    const store = createMemoryStore();
    const source = "# For the new payees.\nactions: { pay: { defaultOutcome: REVIEW } }\n";
    await publishPolicy(store, source, { actor: "olga" });
    expect(await store.findNewestPolicy()).toMatchObject({
      number: 1,
      source,
      publishedBy: "olga",
      format: POLICY_FORMAT,
    });
    expect((await store.listEvents({ limit: 10 })).items).toEqual([
      { type: "policy.published", at: expect.any(Number), actor: "olga", policyVersion: versionOf("REVIEW") },
    ]);
  });

  it("by an engine refuses an actor that is no id", async () => {
    const { engine } = await follower(createMemoryStore());
    await expect(engine.policies.publish(payWith("ALLOW"), { actor: "" })).rejects.toMatchObject({
      reason: "request_invalid",
    });
  });

  it("by an engine refuses what this engine cannot use, and otherwise is in force there at once", async () => {
    const store = createMemoryStore();
    const { engine, events } = await follower(store);
    const demanding: Policy = { actions: { pay: { defaultOutcome: "CHALLENGE", verificationMethods: ["SMS"] } } };
    await expect(engine.policies.publish(demanding)).rejects.toThrow("policy.actions.pay.verificationMethods");
    expect((await engine.policies.list()).items).toEqual([]);
    expect(await engine.policies.publish(payWith("REVIEW"))).toMatchObject({ isNew: true, newest: { number: 1 } });
    expect(await track(engine, "alice", "pay")).toMatchObject({ state: "REVIEW_REQUIRED" });
    expect(events.map(({ type }) => type)).toEqual(["policy.loaded", "action.tracked"]);
  });
});

describe("following", () => {
  it("leaves the engine's own policy in force until something is published", async () => {
    const { engine } = await follower(createMemoryStore());
    expect(engine.policies.status()).toEqual({ published: undefined });
    expect(await track(engine, "alice", "pay")).toMatchObject({ state: "BLOCK" });
  });

  it("puts each version in force, in their order, and records it first", async () => {
    const store = createMemoryStore();
    const { engine, events } = await follower(store);
    for (const outcome of ["ALLOW", "REVIEW", "ALLOW"] as const) {
      await publishPolicy(store, payWith(outcome));
      await engine.policies.check();
    }
    expect(inForce(engine)).toBe(3);
    expect(events.map(({ type, policyVersion }) => [type, policyVersion])).toEqual([
      ["policy.loaded", versionOf("ALLOW")],
      ["policy.loaded", versionOf("REVIEW")],
      ["policy.loaded", versionOf("ALLOW")],
    ]);
  });

  it("records with each decision the version that it was made by, even when another comes during it", async () => {
    const memory = createMemoryStore();
    const store = remote(memory);
    await publishPolicy(store, payWith("ALLOW"));
    const { engine } = await follower(store);
    const decided: Promise<unknown>[] = [];
    for (let round = 0; round < 20; round++) {
      const outcome = round % 2 === 0 ? "REVIEW" : "ALLOW";
      decided.push(track(engine, "alice", "pay"));
      const changing = publishPolicy(store, payWith(outcome)).then(() => engine.policies.check());
      decided.push(track(engine, "alice", "pay"), track(engine, "alice", "pay"));
      await changing;
    }
    await Promise.all(decided);
    const { items } = await memory.listActions({ limit: 100 });
    expect(items).toHaveLength(60);
    for (const { outcome, policyVersion } of items) expect(policyVersion).toBe(versionOf(outcome as Outcome));
    expect(new Set(items.map(({ outcome }) => outcome))).toEqual(new Set(["ALLOW", "REVIEW"]));
  });

  it.each([
    ["format_unknown", { format: POLICY_FORMAT + 1, source: JSON.stringify(payWith("ALLOW")) }],
    ["policy_invalid", { source: "actions: { pay: { defaultOutcome: ALLOW, later: true } }" }],
    ["policy_invalid", { source: "actions: [" }],
    ["content_changed", { source: JSON.stringify(payWith("ALLOW")) }],
  ])("keeps the last version when the newest is refused (%s), and says so once", async (reason, change) => {
    const store = createMemoryStore();
    await publishPolicy(store, payWith("REVIEW"));
    const { engine, events } = await follower(store);
    await publishRaw(store, change);
    expectWarning("RA_POLICY_REFUSED");
    const status = await engine.policies.check();
    expect(status).toMatchObject({ published: { number: 1 }, refused: { number: 2, reason } });
    expect(await engine.policies.check()).toEqual(status);
    expect(await track(engine, "alice", "pay")).toMatchObject({ state: "REVIEW_REQUIRED" });
    expect(events.slice(1, -1)).toEqual([
      expect.objectContaining({ type: "policy.refused", reason, policyVersion: versionOf("REVIEW") }),
    ]);
    await publishPolicy(store, payWith("BLOCK"));
    expect(await engine.policies.check()).toEqual({ published: expect.objectContaining({ number: 3 }) });
    expect(await track(engine, "alice", "pay")).toMatchObject({ state: "BLOCK" });
  });

  it("names the places of a refused version's mistakes", async () => {
    const store = createMemoryStore();
    const { engine } = await follower(store);
    await publishPolicy(store, { actions: { pay: { defaultOutcome: "CHALLENGE", verificationMethods: ["SMS"] } } });
    expectWarning("RA_POLICY_REFUSED");
    const { refused } = await engine.policies.check();
    expect(refused).toMatchObject({ reason: "policy_invalid", paths: ["actions.pay.verificationMethods"] });
  });

  it("never goes back: a store that lost the newest version is no reason to decide by an older one", async () => {
    const store = createMemoryStore();
    await publishPolicy(store, payWith("ALLOW"));
    const before = createMemoryStore();
    await publishPolicy(before, payWith("ALLOW"));
    await publishPolicy(store, payWith("REVIEW"));
    let current = store;
    const failingOver = {
      ...store,
      findNewestPolicy: (...known) => current.findNewestPolicy(...known),
    } satisfies Store;
    const { engine } = await follower(failingOver);
    current = before;
    expectWarning("RA_POLICY_REFUSED");
    expect(await engine.policies.check()).toMatchObject({ published: { number: 2 }, refused: { number: 1 } });
    expect(await track(engine, "alice", "pay")).toMatchObject({ state: "REVIEW_REQUIRED" });
    await publishPolicy(before, payWith("BLOCK"));
    expectWarning("RA_POLICY_REFUSED");
    expect((await engine.policies.check()).refused).toMatchObject({ number: 2, reason: "store_went_back" });
    await publishPolicy(before, payWith("CHALLENGE"));
    expect(await engine.policies.check()).toEqual({ published: expect.objectContaining({ number: 3 }) });
  });

  it("is not through with a version while the trail is out of reach", async () => {
    const store = createMemoryStore();
    let isUp = false;
    const appendEvent: Store["appendEvent"] = async (event) => {
      if (!isUp) throw new Error("out of reach");
      await store.appendEvent(event);
    };
    const { engine } = createHarness({ store: { ...store, appendEvent }, policy: payWith("BLOCK") });
    await publishPolicy(store, payWith("ALLOW"));
    await expect(engine.policies.check()).rejects.toThrow("out of reach");
    expect(inForce(engine)).toBeUndefined();
    expect(engine.policyVersion()).toBe(versionOf("BLOCK"));
    isUp = true;
    await engine.policies.check();
    expect(inForce(engine)).toBe(1);
  });
});

describe("checking by itself", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("F29: takes over what is published within two seconds, outlasts the store's absence, and ends when it is stopped", async () => {
    const store = createMemoryStore();
    let isUp = true;
    const findNewestPolicy: Store["findNewestPolicy"] = async (known) => {
      if (!isUp) throw new Error("out of reach");
      return store.findNewestPolicy(known);
    };
    await publishPolicy(store, payWith("ALLOW"));
    const { engine } = await follower({ ...store, findNewestPolicy });
    const changes: PolicyStatus[] = [];
    engine.policies.start((status) => {
      changes.push(status);
      throw new Error("a logger that fails");
    });
    engine.policies.start();
    onTestFinished(() => engine.policies.stop());

    await publishPolicy(store, payWith("REVIEW"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(inForce(engine)).toBe(2);
    isUp = false;
    await publishPolicy(store, payWith("BLOCK"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(inForce(engine)).toBe(2);
    isUp = true;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(inForce(engine)).toBe(3);
    expect(changes.map(({ published }) => published?.number)).toEqual([2, 3]);

    await engine.policies.stop();
    await publishPolicy(store, payWith("ALLOW"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(inForce(engine)).toBe(3);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes on once where it is stopped and started again while a check is under way", async () => {
    const store = createMemoryStore();
    let answer = (): void => {};
    let isHeld = false;
    const findNewestPolicy: Store["findNewestPolicy"] = async (known) => {
      if (isHeld) await new Promise<void>((resolve) => (answer = resolve));
      return store.findNewestPolicy(known);
    };
    await publishPolicy(store, payWith("ALLOW"));
    const { engine } = await follower({ ...store, findNewestPolicy });
    const reports: string[] = [];
    engine.policies.start(() => reports.push("first"));
    onTestFinished(() => engine.policies.stop());
    isHeld = true;
    await vi.advanceTimersByTimeAsync(500);

    const stopped = engine.policies.stop();
    engine.policies.start(() => reports.push("second"));
    isHeld = false;
    answer();
    await stopped;
    await publishPolicy(store, payWith("REVIEW"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(reports).toEqual(["second"]);
    expect(vi.getTimerCount()).toBe(1);
  });
});
