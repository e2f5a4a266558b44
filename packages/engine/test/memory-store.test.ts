import { createMemoryStore } from "@require-action/engine";
import {
  type ActionRecord,
  type AuditEvent,
  joinKey,
  oldestVelocityPart,
  trackedEvents,
  velocityPart,
} from "@require-action/engine/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const event: AuditEvent = { type: "action.tracked", at: 0 };

function action(idempotencyKey: string, change: Partial<ActionRecord> = {}): ActionRecord {
  return {
    userId: "alice",
    action: "pay",
    idempotencyKey,
    actionId: `id-${idempotencyKey}`,
    attributes: {},
    outcome: "ALLOW",
    state: "ALLOW",
    createdAt: 0,
    stateUpdatedAt: 0,
    rules: [],
    policyVersion: "1",
    ...change,
  };
}

const challenged = { outcome: "CHALLENGE", state: "CHALLENGE_REQUIRED" } as const;

describe("keys", () => {
  it("T41: are equal when their parts are equal, and only then", () => {
    const parts = fc.array(fc.oneof(fc.string(), fc.constantFrom("", ":", "1:a", "a", "0:", "\u0000", "2:")), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(joinKey(one) === joinKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("velocity parts", () => {
  it("reach back over the whole window, and no more than a twelfth beyond it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1e12, max: 2e12 }), fc.integer({ min: 1000, max: 1e10 }), (now, windowMs) => {
        const oldest = oldestVelocityPart(now, windowMs);
        expect(velocityPart(now - windowMs, windowMs)).toBeGreaterThanOrEqual(oldest);
        expect(velocityPart(now - windowMs - Math.ceil(windowMs / 12) - 1, windowMs)).toBeLessThan(oldest);
      }),
    );
  });
});

describe("attempts", () => {
  it("are counted one by one, however many come at once", async () => {
    const store = createMemoryStore();
    const counts = await Promise.all(Array.from({ length: 200 }, () => store.countAttempt(["k"], 5, 1000, 0)));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it("begin anew when the window that the first one began has ended", async () => {
    const store = createMemoryStore();
    for (const now of [0, 500]) await store.countAttempt(["k"], 2, 1000, now);
    await expect(store.countAttempt(["k"], 2, 1000, 999)).resolves.toEqual({ allowed: false, endsAt: 1000 });
    await expect(store.countAttempt(["k"], 2, 1000, 1000)).resolves.toEqual({ allowed: true, endsAt: 2000 });
  });
});

describe("actions", () => {
  it("are recorded once under a key", async () => {
    const store = createMemoryStore();
    const recorded = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        store.record(action("k", { actionId: `id-${index}` }), undefined, event),
      ),
    );
    expect(new Set(recorded.map(({ actionId }) => actionId)).size).toBe(1);
    expect((await store.listEvents({ limit: 100 })).items).toHaveLength(1);
  });

  it("F26: beyond the limit take the place of settled ones, oldest first", async () => {
    const store = createMemoryStore({ limits: { actions: 3 } });
    await store.record(action("open", challenged), undefined, event);
    for (let index = 0; index < 5; index++) await store.record(action(`k${index}`), undefined, event);
    const kept = (await store.listActions({ limit: 10 })).items.map(({ idempotencyKey }) => idempotencyKey);
    expect(kept).toEqual(["k4", "k3", "open"]);
  });

  it("F26: are refused when all there is is unfinished, and nothing of it is lost", async () => {
    const store = createMemoryStore({ limits: { actions: 3 } });
    for (let index = 0; index < 3; index++) await store.record(action(`k${index}`, challenged), undefined, event);
    await expect(async () => store.record(action("more"), undefined, event)).rejects.toMatchObject({
      reason: "store_full",
    });
    expect((await store.listActions({ limit: 10 })).items).toHaveLength(3);
  });

  it("F26: tell of their being tracked as it was, though they have changed or gone since", async () => {
    const store = createMemoryStore({ limits: { actions: 3 } });
    const kept = Array.from({ length: 5 }, (_, index) =>
      action(`k${index}`, { createdAt: index, policyVersion: `version ${index % 2}` }),
    );
    const events = kept.map((record) => trackedEvents.of(record));
    const undecided: AuditEvent = { ...events[4]!, undecidedRuleIds: ["r"] };
    for (const [index, record] of kept.entries()) {
      await store.record(record, undefined, index === 4 ? undecided : events[index]!);
    }
    await store.transition(
      { key: kept[3]!, from: "ALLOW", to: "BLOCK", at: 9 },
      { type: "action.transitioned", at: 9 },
    );
    const { items } = await store.listEvents({ limit: 10 });
    expect(items).toEqual([{ type: "action.transitioned", at: 9 }, undecided, ...events.slice(0, 4).reverse()]);
    await expect(store.findAction(kept[3]!)).resolves.toMatchObject({ state: "BLOCK", policyVersion: "version 1" });
    await expect(store.findAction(kept[0]!)).resolves.toBeUndefined();
  });

  it.each([
    ["all, in order", ["amount", "payee", "true"]],
    ["all, in another order", ["payee", "true", "amount"]],
    ["some", ["amount", "payee"]],
    ["one", ["true"]],
    ["none", []],
    ["those of other fields", ["amount", "payee", "note"]],
    ["nothing", undefined],
  ])("C49: keep the names of the fields that are shown: %s", async (_, names) => {
    const store = createMemoryStore();
    const attributes = { custom: { amount: "10.00", payee: "DE02", true: "yes" } };
    const kept = action("k", { attributes, ...(names && { shownFields: names }) });
    await store.record(kept, undefined, event);
    await expect(store.findAction(kept)).resolves.toEqual(kept);
  });

  it("are listed newest first, whether or not they are waited for", async () => {
    const store = createMemoryStore();
    for (let index = 0; index < 6; index++) {
      await store.record(action(`k${index}`, index % 2 === 0 ? {} : challenged), undefined, event);
    }
    const page = await store.listActions({ limit: 4 });
    expect(page.items.map(({ idempotencyKey }) => idempotencyKey)).toEqual(["k5", "k4", "k3", "k2"]);
    const rest = await store.listActions({ limit: 4, after: page.next! });
    expect(rest.items.map(({ idempotencyKey }) => idempotencyKey)).toEqual(["k1", "k0"]);
  });

  it("go away after their retention", async () => {
    const store = createMemoryStore({ limits: { actionRetentionMs: 1000 } });
    for (let index = 0; index < 300; index++) await store.record(action(`old${index}`, challenged), undefined, event);
    for (let index = 0; index < 300; index++) {
      await store.record(action(`new${index}`, { createdAt: 1000 }), undefined, event);
    }
    await expect(store.findAction(action("old0"))).resolves.toBeUndefined();
    expect((await store.listActions({ limit: 1000 })).items).toHaveLength(300);
  });
});

describe("what is bounded", () => {
  it("F26: attempt counters: live ones are never dropped, new ones are refused", async () => {
    const store = createMemoryStore({ limits: { attempts: 2 } });
    await store.countAttempt(["a"], 1, 1000, 0);
    await store.countAttempt(["b"], 1, 1000, 0);
    await expect(store.countAttempt(["c"], 1, 1000, 0)).rejects.toMatchObject({ reason: "store_full" });
    await expect(store.countAttempt(["a"], 1, 1000, 0)).resolves.toMatchObject({ allowed: false });
    await expect(store.countAttempt(["c"], 1, 1000, 1000)).resolves.toMatchObject({ allowed: true });
  });

  it("F26: ended entries behind a long-lived one make way too", async () => {
    const store = createMemoryStore({ limits: { attempts: 3 } });
    await store.countAttempt(["long"], 1, 1_000_000, 0);
    for (let index = 0; index < 10; index++) {
      await expect(store.countAttempt([`k${index}`], 1, 10, index * 10)).resolves.toMatchObject({ allowed: true });
    }
  });

  it("events: the oldest go first, and pages hold together meanwhile", async () => {
    const store = createMemoryStore({ limits: { events: 10 } });
    for (let at = 0; at < 95; at++) await store.appendEvent({ ...event, at });
    const first = await store.listEvents({ limit: 4 });
    expect(first.items.map(({ at }) => at)).toEqual([94, 93, 92, 91]);
    await store.appendEvent({ ...event, at: 95 });
    const second = await store.listEvents({ limit: 4, ...(first.next === undefined ? {} : { after: first.next }) });
    expect(second.items.map(({ at }) => at)).toEqual([90, 89, 88, 87]);
    const all = await store.listEvents({ limit: 100 });
    expect(all.items.map(({ at }) => at)).toEqual([95, 94, 93, 92, 91, 90, 89, 88, 87, 86]);
  });

  it("devices of a user: the one longest unused goes first", async () => {
    const store = createMemoryStore({ limits: { devicesPerUser: 2 } });
    for (const [index, deviceId] of ["a", "b", "a", "c"].entries()) {
      const record = action(`k${index}`, challenged);
      await store.record(record, undefined, event);
      await store.transition(
        {
          key: record,
          from: "CHALLENGE_REQUIRED",
          to: "CHALLENGE_SUCCEEDED",
          at: index,
          authenticatedDeviceId: deviceId,
        },
        event,
      );
    }
    expect((await store.listDevices("alice")).map(({ deviceId }) => deviceId)).toEqual(["a", "c"]);
  });

  it("authenticators of a user, and users", async () => {
    const store = createMemoryStore({ limits: { authenticatorsPerUser: 1, users: 1 } });
    const record = { userId: "alice", createdAt: 0, verifiedAt: 0, version: 0 };
    await store.addAuthenticator({ ...record, userAuthenticatorId: "1", verificationMethod: "A" }, event);
    const second = { ...record, userAuthenticatorId: "2", verificationMethod: "B" };
    await expect(store.addAuthenticator(second, event)).rejects.toMatchObject({ reason: "store_full" });
    await expect(store.updateUser("bob", {}, 0)).rejects.toMatchObject({ reason: "store_full" });
  });
});

describe("authenticators", () => {
  const record = { userId: "alice", userAuthenticatorId: "1", verificationMethod: "A", createdAt: 0, version: 0 };

  it("are changed from the version that was read, and no other", async () => {
    const store = createMemoryStore();
    await store.addAuthenticator(record, event);
    const changes = await Promise.all(
      Array.from({ length: 20 }, (_, lastStep) => store.updateAuthenticator(record, { lastStep })),
    );
    expect(changes.filter((changed) => changed !== undefined)).toHaveLength(1);
  });

  it("are activated once", async () => {
    const store = createMemoryStore();
    await store.addAuthenticator(record, event);
    const activation = { onlyIfFirst: true, replacesOthers: true, verifiedAt: 1, changes: {} };
    const activated = await Promise.all(
      Array.from({ length: 20 }, () => store.activateAuthenticator(record, activation, event)),
    );
    expect(activated.filter((one) => one !== undefined)).toHaveLength(1);
    await expect(
      store.activateAuthenticator(record, { ...activation, onlyIfFirst: false }, event),
    ).resolves.toBeUndefined();
  });
});

describe("challenges", () => {
  it("are taken once", async () => {
    const store = createMemoryStore();
    const challenge = {
      challengeId: "c",
      userId: "alice",
      actionId: "a",
      userAuthenticatorId: "1",
      verificationMethod: "A",
      expected: "h",
      createdAt: 0,
      expiresAt: 1000,
    };
    await store.putChallenge(challenge, event);
    const taken = await Promise.all(Array.from({ length: 20 }, () => store.takeChallenge(challenge)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    await store.putChallenge({ ...challenge, challengeId: "d" }, event);
    await expect(store.takeChallenge(challenge)).resolves.toBe(false);
    await expect(store.findChallenge("a", "1", 1000)).resolves.toBeUndefined();
    await expect(store.findChallenge("a", "1", 999)).resolves.toMatchObject({ challengeId: "d" });
  });
});
