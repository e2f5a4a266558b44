import { type Policy } from "@require-action/engine";
import { PolicyInputError } from "@require-action/engine/policy";
import { describe, expect, it } from "vitest";
import { createHarness, type Harness, minute, track } from "./harness.ts";

const hour = 60 * minute;

function policyWith(counter: object, limit: string | number): Policy {
  return {
    actions: {
      pay: {
        defaultOutcome: "ALLOW",
        rules: [
          {
            ruleId: "too-much",
            name: "Too much",
            priority: 1,
            type: "REVIEW",
            conditions: { ">": [{ var: "velocity.v" }, limit] },
          },
        ],
      },
    },
    dataPoints: [
      { name: "amount", type: "decimal" },
      { name: "points", type: "number", optional: true },
    ],
    counters: [{ name: "v", kind: "count", by: "user", window: "24h", actions: ["pay"], ...counter }],
  };
}

const counting = (by: "user" | "device" | "ip" = "user") => policyWith({ by }, 3);
const summing = policyWith({ kind: "sum", field: "amount" }, 100);

async function pay({ engine }: Harness, attributes: object = {}, userId = "alice"): Promise<string> {
  return (await track(engine, userId, "pay", { custom: { amount: "1" }, ...attributes })).state;
}

async function payTimes(harness: Harness, times: number, attributes: object = {}): Promise<string[]> {
  const states: string[] = [];
  for (let index = 0; index < times; index++) states.push(await pay(harness, attributes));
  return states;
}

describe("counting", () => {
  it("counts the present request, and those before it in the window", async () => {
    const harness = createHarness({ policy: counting() });
    await expect(payTimes(harness, 4)).resolves.toEqual(["ALLOW", "ALLOW", "ALLOW", "REVIEW_REQUIRED"]);
  });

  it("sees each other in requests at once: of 20, no more than the limit are allowed", async () => {
    const harness = createHarness({ policy: counting() });
    const states = await Promise.all(Array.from({ length: 20 }, () => pay(harness)));
    expect(states.filter((state) => state === "ALLOW")).toHaveLength(3);
  });

  it("F33: does not count a request that is repeated under its key", async () => {
    const { engine } = createHarness({ policy: counting() });
    const request = { userId: "alice", action: "pay", attributes: { idempotencyKey: "same", custom: { amount: "1" } } };
    const signal = () => ({ signal: new AbortController().signal });
    for (let again = 0; again < 10; again++) {
      expect(await engine.track(request, signal())).toMatchObject({ state: "ALLOW" });
    }
  });

  it("forgets what has left the window, and never before it has", async () => {
    const harness = createHarness({ policy: counting() });
    await payTimes(harness, 3);
    harness.clock.advance(24 * hour - 1);
    await expect(pay(harness)).resolves.toBe("REVIEW_REQUIRED");
    harness.clock.advance(2 * hour + 2);
    await expect(pay(harness)).resolves.toBe("ALLOW");
  });

  it("keeps users apart", async () => {
    const harness = createHarness({ policy: counting() });
    await payTimes(harness, 4);
    await expect(pay(harness, {}, "bob")).resolves.toBe("ALLOW");
  });

  it("T25: counts the text forms of one address, and the addresses of one /64, as one", async () => {
    const harness = createHarness({ policy: counting("ip") });
    const forms = ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "0:0:0:0:0:ffff:192.0.2.1"];
    const states = [];
    for (const [index, ipAddress] of forms.entries()) states.push(await pay(harness, { ipAddress }, `user-${index}`));
    expect(states.at(-1)).toBe("REVIEW_REQUIRED");
    for (let index = 0; index < 3; index++) await pay(harness, { ipAddress: `2001:db8::${index}` });
    await expect(pay(harness, { ipAddress: "2001:db8:0:0:ffff::1" })).resolves.toBe("REVIEW_REQUIRED");
    await expect(pay(harness, { ipAddress: "2001:db8:0:1::1" })).resolves.toBe("ALLOW");
  });

  it("T41: keeps a device and an address of the same spelling apart", async () => {
    const harness = createHarness({ policy: counting("device") });
    for (let index = 0; index < 3; index++) await pay(harness, { deviceId: "1:a" }, `user-${index}`);
    await expect(pay(harness, { deviceId: "1:a" })).resolves.toBe("REVIEW_REQUIRED");
    await expect(pay(harness, { deviceId: "1", ipAddress: "192.0.2.1" })).resolves.toBe("ALLOW");
  });
});

describe("summing", () => {
  it("adds cents exactly", async () => {
    const harness = createHarness({ policy: summing });
    for (let index = 0; index < 999; index++) await pay(harness, { custom: { amount: "0.10" } });
    await expect(pay(harness, { custom: { amount: "0.10" } })).resolves.toBe("ALLOW");
    await expect(pay(harness, { custom: { amount: "0.000001" } })).resolves.toBe("REVIEW_REQUIRED");
  });

  it("refuses a negative amount, which would make room for the next one", async () => {
    const harness = createHarness({ policy: summing });
    await pay(harness, { custom: { amount: "90" } });
    await expect(pay(harness, { custom: { amount: "-1000" } })).rejects.toBeInstanceOf(PolicyInputError);
    await expect(pay(harness, { custom: { amount: "20" } })).resolves.toBe("REVIEW_REQUIRED");
  });

  it.each([8.3, 16.1, 4.03, 0.29, 1.1, 99.99, 1e9 + 0.01, 1_077_922_160.814525])(
    "adds the number %d as what it says",
    async (points) => {
      const harness = createHarness({ policy: policyWith({ kind: "sum", field: "points" }, points) });
      await expect(pay(harness, { custom: { amount: "1", points } })).resolves.toBe("ALLOW");
      await expect(pay(harness, { custom: { amount: "1", points: 0.000001 } })).resolves.toBe("REVIEW_REQUIRED");
    },
  );

  it("is not emptied by what is too small to count: it is rounded up", async () => {
    const harness = createHarness({ policy: policyWith({ kind: "sum", field: "amount" }, "0.000002") });
    const amount = "0.000000000000000001";
    await expect(payTimes(harness, 3, { custom: { amount } })).resolves.toEqual(["ALLOW", "ALLOW", "REVIEW_REQUIRED"]);
  });

  it.each([1e21, 1e300, Number.MAX_VALUE])("of %d twice is above any limit", async (points) => {
    const harness = createHarness({ policy: policyWith({ kind: "sum", field: "points" }, 1e20) });
    const custom = { amount: "1", points };
    await expect(payTimes(harness, 2, { custom })).resolves.toEqual(["REVIEW_REQUIRED", "REVIEW_REQUIRED"]);
  });
});
