import { createMemoryStore, type Policy } from "@require-action/engine";
import { compilePolicy, type Condition, decideByFacts, type FactValue } from "@require-action/engine/policy";
import { codeAt } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, minute, track } from "./harness.ts";

/** Rules on every kind of fact; each matches for some request below. */
const rich: Policy = {
  dataPoints: [
    { name: "amount", type: "decimal" },
    { name: "note", type: "text", optional: true },
    { name: "tier", type: "text", model: "user" },
  ],
  counters: [
    { name: "paid", kind: "sum", by: "user", window: "24h", actions: ["pay"], field: "amount" },
    { name: "tries", kind: "count", by: "device", window: "1h", actions: ["pay"] },
    { name: "of-net", kind: "count", by: "ip", window: "1h", actions: ["pay"] },
  ],
  actions: {
    "withdraw-funds": { defaultOutcome: "CHALLENGE" },
    pay: {
      defaultOutcome: "CHALLENGE",
      rules: (
        [
          { "==": [{ var: "ip.countryCode" }, "KP"] },
          { "==": [{ var: "ip.isAnonymous" }, true] },
          { inCidr: [{ var: "ip.address" }, "192.0.2.0/24"] },
          { ">": [{ var: "velocity.paid" }, "150"] },
          { ">": [{ var: "velocity.tries" }, 2] },
          { ">": [{ var: "velocity.of-net" }, 3] },
          { "==": [{ var: "custom.tier" }, "gold"] },
          { "==": [{ var: "custom.note" }, "gift"] },
          { "==": [{ var: "device.isNew" }, false] },
          { "==": [{ var: "device.isRemembered" }, true] },
          { ">": [{ var: "device.count" }, 0] },
          { "==": [{ var: "device.id" }, "phone"] },
          { endsWith: [{ var: "user.email" }, "@bank.example"] },
          { "!": { var: "user.isEnrolled" } },
          { "==": [{ var: "user.hasPreviouslyVerified" }, true] },
          { "==": [{ var: "user.id" }, "bob"] },
          { startsWith: [{ var: "user.phoneNumber" }, "+44"] },
        ] as const satisfies readonly Condition[]
      ).map((conditions: Condition, index) => ({
        ruleId: `r${index}`,
        name: "R",
        priority: index,
        type: (["ALLOW", "REVIEW", "BLOCK"] as const)[index % 3]!,
        conditions,
      })),
    },
  },
};

describe("what is recorded with an action", () => {
  it("is enough to decide it again, and to the same", async () => {
    const store = createMemoryStore();
    const ip = (address: string) =>
      address.endsWith("9") ? undefined : { countryCode: address.endsWith("1") ? "KP" : "DE", isAnonymous: false };
    const harness = createHarness({ policy: rich, store, facts: { ip } });
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    await engine.users.update("alice", { custom: { tier: "gold" }, email: "alice@bank.example" });
    const { token } = await track(engine, "alice", "withdraw-funds", { deviceId: "phone" });
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(shared, clock.now()));
    await engine.users.rememberDevice("alice", "phone", clock.now() + minute);

    const requests = ["alice", "bob"].flatMap((userId) =>
      [{}, { deviceId: "phone" }, { deviceId: "other" }].flatMap((device) =>
        [{}, { ipAddress: "192.0.2.1" }, { ipAddress: "198.51.100.7" }, { ipAddress: "198.51.100.9" }].map(
          (address) => ({
            userId,
            attributes: {
              ...device,
              ...address,
              custom: { amount: "20", ...(userId === "bob" ? { note: "gift" } : {}) },
            },
          }),
        ),
      ),
    );
    for (const { userId, attributes } of requests) await track(engine, userId, "pay", attributes);
    await track(engine, "bob", "pay", { email: "b@x.example", phoneNumber: "+4420000000", custom: { amount: "1" } });

    const policy = compilePolicy(rich);
    const { items } = await store.listActions({ codes: ["pay"], limit: 100 });
    expect(items.length).toBe(requests.length + 1);
    const matched = new Set<string>();
    for (const item of items) {
      // As a log would have it.
      const record = JSON.parse(JSON.stringify(item)) as typeof item;
      const decided = decideByFacts(policy, "pay", record, (name) => record.facts?.[name]);
      if (decided.kind !== "decided") throw new Error(JSON.stringify(decided));
      expect(decided.outcome).toBe(record.outcome);
      const ruleIds = decided.decision?.matched.map(({ ruleId }) => ruleId);
      expect(ruleIds).toEqual(record.rules.map(({ ruleId }) => ruleId));
      for (const ruleId of ruleIds ?? []) matched.add(ruleId);
    }
    // All but the one on anonymous addresses, which the lookup never tells.
    expect(matched.size).toBe(rich.actions["pay"]!.rules!.length - 1);
  });

  it("is nothing where the attributes tell it all", async () => {
    const store = createMemoryStore();
    const { engine } = createHarness({ store });
    await track(engine, "alice", "withdraw-funds", { custom: { amount: "5", payee: "bob" } });
    const { items } = await store.listActions({ limit: 1 });
    expect(items[0]).not.toHaveProperty("facts");
  });
});

describe("deciding by facts", () => {
  const policy = compilePolicy(rich);
  const always: Record<string, FactValue | null> = {
    "velocity.paid": "20",
    "custom.tier": null,
    "user.email": null,
    "user.phoneNumber": null,
    "user.isEnrolled": true,
    "user.hasPreviouslyVerified": false,
    "device.count": 0,
  };
  const decide = (attributes: object, facts: Record<string, FactValue | null>) =>
    decideByFacts(policy, "pay", { userId: "alice", attributes }, (name) => facts[name]);

  it("takes what the request tells for itself", () => {
    expect(decide({ custom: { amount: "1" } }, always)).toMatchObject({ kind: "decided", outcome: "CHALLENGE" });
  });

  it("never guesses: what nobody tells is missing, unless it cannot be known", () => {
    const { "velocity.paid": _paid, "user.isEnrolled": _enrolled, ...others } = always;
    expect(decide({ custom: { amount: "1" }, deviceId: "phone", ipAddress: "192.0.2.7" }, others)).toEqual({
      kind: "undecidable",
      missing: [
        "ip.location.country.countryCode",
        "ip.isAnonymous",
        "velocity.paid",
        "velocity.tries",
        "velocity.of-net",
        "device.isNew",
        "device.isRemembered",
        "user.isEnrolled",
      ],
      mistyped: [],
    });
  });

  it("tells facts of another type from facts that are unknown", () => {
    expect(decide({ custom: { amount: "1" } }, { ...always, "velocity.paid": "much", "device.count": "0" })).toEqual({
      kind: "undecidable",
      missing: [],
      mistyped: ["velocity.paid", "device.count"],
    });
  });

  it("refuses what the engine would refuse", () => {
    expect(decide({}, always)).toMatchObject({ kind: "refused", mistakes: [{ path: "custom.amount" }] });
    const request = { userId: "alice", attributes: {} };
    expect(decideByFacts(policy, "fly", request, () => undefined)).toEqual({ kind: "refused", mistakes: [] });
    const lax = compilePolicy({ ...rich, unknownActions: "REVIEW" });
    expect(decideByFacts(lax, "fly", request, () => undefined)).toEqual({
      kind: "decided",
      outcome: "REVIEW",
      decision: undefined,
    });
  });
});
