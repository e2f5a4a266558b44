import { codeAt } from "@require-action-test/support/codes";
import { createMemoryStore, type EngineOptions, type Policy } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, minute, never, remote, secret as engineSecret } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";
const DAY = 24 * 60 * minute;
const rule = (ruleId: string, priority: number, type: "BLOCK" | "CHALLENGE" | "REVIEW", extra = {}) => ({
  ruleId,
  name: ruleId,
  priority,
  type,
  conditions: { "==": [{ var: "custom.payee" }, ruleId] } as const,
  ...extra,
});
const policy: Policy = {
  actions: {
    "withdraw-funds": {
      defaultOutcome: "CHALLENGE",
      rememberDevice: { days: 30 },
      rules: [
        rule("blocked", 1, "BLOCK"),
        rule("reviewed", 2, "REVIEW"),
        rule("risky", 3, "CHALLENGE"),
        rule("tame", 4, "CHALLENGE", { rememberDevice: { days: 1 } }),
        {
          ...rule("abroad", 5, "BLOCK"),
          conditions: { "==": [{ var: "ip.countryCode" }, "XX"] },
        },
      ],
    },
    "change-password": { defaultOutcome: "CHALLENGE" },
    "read-mail": { defaultOutcome: "CHALLENGE", rememberDevice: { days: 30 }, verificationMethods: ["EMAIL_OTP"] },
  },
  dataPoints: [{ name: "payee", type: "text", optional: true }],
};
const facts: NonNullable<EngineOptions["facts"]> = { ip: () => ({ countryCode: "DE", isAnonymous: false }) };

type Track = Parameters<Harness["engine"]["track"]>[0];
interface Remembering extends Harness {
  readonly shared: string;
  ask(
    deviceSecret?: string,
    change?: Partial<Track["attributes"]>,
    action?: string,
    userId?: string,
  ): ReturnType<typeof ask>;
}

let keys = 0;
async function ask(
  { engine }: Harness,
  deviceSecret?: string,
  change: Partial<Track["attributes"]> = {},
  action = "withdraw-funds",
  userId = "alice",
) {
  const attributes = { idempotencyKey: `k${++keys}`, ipAddress: "203.0.113.7", custom: { payee: "shop" }, ...change };
  return engine.track({ userId, action, attributes, ...(deviceSecret === undefined ? {} : { deviceSecret }) }, never);
}

async function open(options: Partial<EngineOptions> = {}): Promise<Remembering> {
  const harness = createHarness({ policy, facts, ...options });
  const shared = await enrollApp(harness, "alice");
  return { ...harness, shared, ask: (...given) => ask(harness, ...given) };
}

/** Proves alice, and has the device remembered. */
async function remember(harness: Remembering): Promise<string> {
  const { engine, clock, shared } = harness;
  clock.advance(minute);
  const { token } = await harness.ask();
  const { accessToken } = await engine.challenges.verify(token, APP, codeAt(shared, clock.now()));
  return (await engine.challenges.rememberDevice(accessToken)).secret;
}

const count = ({ events }: Harness, type: string): number => events.filter((event) => event.type === type).length;

describe("a device that the user had remembered", () => {
  it("stands in for a challenge, with a new secret each time, and the decision says so", async () => {
    const harness = await open();
    const secret = await remember(harness);
    const first = await harness.ask(secret);
    expect(first).toMatchObject({ state: "ALLOW", outcome: "ALLOW", rememberedDeviceId: expect.any(String) });
    expect(first.token).toBeUndefined();
    expect(first.deviceSecret).not.toBe(secret);
    const second = await harness.ask(first.deviceSecret);
    expect(second).toMatchObject({ state: "ALLOW", rememberedDeviceId: first.rememberedDeviceId });
    const { items } = await harness.engine.actions.query({ userId: "alice" });
    expect(items[0]).toMatchObject({ state: "ALLOW", rememberedDeviceId: first.rememberedDeviceId });
    expect(count(harness, "device.remembered")).toBe(1);
    expect(count(harness, "device.used")).toBe(2);
    expect(JSON.stringify([items, harness.events])).not.toContain(secret.split(".")[2]);
  });

  it("never stands in for BLOCK, REVIEW, a rule that does not say so, or another action", async () => {
    const harness = await open();
    const secret = await remember(harness);
    const states = async (payee: string) => (await harness.ask(secret, { custom: { payee } })).state;
    expect(await states("blocked")).toBe("BLOCK");
    expect(await states("reviewed")).toBe("REVIEW_REQUIRED");
    expect(await states("risky")).toBe("CHALLENGE_REQUIRED");
    expect((await harness.ask(secret, {}, "change-password")).state).toBe("CHALLENGE_REQUIRED");
    expect((await harness.ask(secret, {}, "read-mail")).state).toBe("CHALLENGE_REQUIRED");
    expect(await states("tame")).toBe("ALLOW");
  });

  it("stands in for nothing while a fact is unknown, nor where ALLOW would come with a scope", async () => {
    const harness = await open();
    const secret = await remember(harness);
    expect((await harness.ask(secret, { custom: {} })).state).toBe("CHALLENGE_REQUIRED");
    const known = await open();
    const other = await remember(known);
    expect((await known.ask(other, { scope: "add:authenticators" })).state).toBe("CHALLENGE_REQUIRED");
    expect((await known.ask(other)).state).toBe("ALLOW");
  });

  it("counts for as long as the action or the rule that asks says, from the proof", async () => {
    const harness = await open();
    let secret = await remember(harness);
    harness.clock.advance(2 * DAY);
    expect((await harness.ask(secret, { custom: { payee: "tame" } })).state).toBe("CHALLENGE_REQUIRED");
    const { deviceSecret = "" } = await harness.ask(secret);
    secret = deviceSecret;
    harness.clock.advance(28 * DAY);
    expect((await harness.ask(secret)).state).toBe("CHALLENGE_REQUIRED");
  });

  it("is nobody else's: the secret of one user counts for no other, and does not end", async () => {
    const harness = await open();
    await enrollApp(harness, "bob");
    const secret = await remember(harness);
    expect((await harness.ask(secret, {}, "withdraw-funds", "bob")).state).toBe("CHALLENGE_REQUIRED");
    expect((await harness.ask(secret)).state).toBe("ALLOW");
  });

  it("is made by a proof alone, once, and only where the policy offers it", async () => {
    const harness = await open();
    const { engine, clock, shared } = harness;
    clock.advance(minute);
    const { token } = await harness.ask();
    await expect(engine.challenges.rememberDevice(token)).rejects.toMatchObject({ reason: "token_invalid" });
    const { accessToken } = await engine.challenges.verify(token, APP, codeAt(shared, clock.now()));
    const made = await Promise.allSettled([1, 2, 3].map(() => engine.challenges.rememberDevice(accessToken)));
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    clock.advance(minute);
    const { token: risky } = await harness.ask(undefined, { custom: { payee: "risky" } });
    const proved = await engine.challenges.verify(risky, APP, codeAt(shared, clock.now()));
    await expect(engine.challenges.rememberDevice(proved.accessToken)).rejects.toMatchObject({
      reason: "device_not_rememberable",
    });
  });

  it.each(["", "x", "x.y.z", "__proto__"])("T11: is not %j", async (secret) => {
    const harness = await open();
    expect((await harness.ask(secret)).state).toBe("CHALLENGE_REQUIRED");
  });

  it("is none by a token of another kind, nor under another engine's secret", async () => {
    const harness = await open();
    const { token = "" } = await harness.ask();
    expect((await harness.ask(token)).state).toBe("CHALLENGE_REQUIRED");
    const store = createMemoryStore();
    const one = await open({ store });
    const foreign = await remember(one);
    const other = createHarness({ policy, facts, store, secrets: [`${engineSecret}, and another`], clock: one.clock });
    expect((await ask(other, foreign)).state).toBe("CHALLENGE_REQUIRED");
  });
});

describe("a copied secret", () => {
  it("revokes the device when the older of the two comes, and counts for neither", async () => {
    const harness = await open();
    const stolen = await remember(harness);
    const { deviceSecret: own } = await harness.ask(stolen);
    harness.clock.advance(minute);
    expect((await harness.ask(stolen)).state).toBe("CHALLENGE_REQUIRED");
    expect((await harness.ask(own)).state).toBe("CHALLENGE_REQUIRED");
    expect(harness.events).toContainEqual(expect.objectContaining({ type: "device.revoked", reason: "secret_reused" }));
  });

  it("T5: of many requests at once with one secret, one is allowed, the others are challenged, and the device stays", async () => {
    const harness = await open({ store: remote() });
    const secret = await remember(harness);
    const answers = await Promise.all(Array.from({ length: 20 }, () => harness.ask(secret)));
    const allowed = answers.filter(({ state }) => state === "ALLOW");
    expect(allowed).toHaveLength(1);
    harness.clock.advance(minute);
    expect((await harness.ask(allowed[0]?.deviceSecret)).state).toBe("ALLOW");
  });
});

describe("a remembered device ends", () => {
  it.each<readonly [string, (harness: Remembering) => Promise<unknown>]>([
    [
      "when the backend revokes it",
      async ({ engine }) => {
        const [device] = await engine.rememberedDevices.list("alice");
        expect(device).toMatchObject({ userId: "alice", verificationMethod: APP });
        expect(await engine.rememberedDevices.revoke("bob", device!.deviceId)).toBe(false);
        expect(await engine.rememberedDevices.revoke("alice", device!.deviceId)).toBe(true);
        expect(await engine.rememberedDevices.list("alice")).toEqual([]);
      },
    ],
    ["with the user's sessions", ({ engine }) => engine.sessions.revokeUser({ userId: "alice" })],
    [
      "with its authenticator",
      async ({ engine }) => {
        const { items } = await engine.actions.query({ userId: "alice", state: "CHALLENGE_SUCCEEDED" });
        await engine.authenticators.remove("alice", items[0]?.verifiedByAuthenticatorId ?? "");
      },
    ],
    ["with its user", ({ engine }) => engine.users.delete("alice")],
    ["when its user is revoked", ({ engine }) => engine.users.revoke("alice")],
  ])("%s", async (_when, end) => {
    const harness = await open();
    const secret = await remember(harness);
    await end(harness);
    expect((await harness.ask(secret)).state).toBe("CHALLENGE_REQUIRED");
  });

  it("before it has begun, when its user is revoked while it is kept", async () => {
    const kept = createMemoryStore();
    let revoke = async (): Promise<void> => {};
    const store: typeof kept = {
      ...kept,
      async putSession(...given) {
        await revoke();
        return kept.putSession(...given);
      },
    };
    const harness = await open({ store });
    revoke = () => harness.engine.users.revoke("alice");
    await expect(remember(harness)).rejects.toMatchObject({ reason: "device_not_rememberable" });
    expect(await harness.engine.rememberedDevices.list("alice")).toEqual([]);
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: "device.revoked", reason: "approval_withdrawn" }),
    );
  });

  it("for a while, when the store does not answer: the user is challenged", async () => {
    const store = createMemoryStore();
    const harness = await open({ store });
    const secret = await remember(harness);
    const { refreshSession } = store;
    store.refreshSession = () => Promise.reject(new Error("out of reach"));
    // The engine took the store's verbs when it was made.
    const late = createHarness({ policy, facts, store, clock: harness.clock });
    expect((await ask(late, secret)).state).toBe("CHALLENGE_REQUIRED");
    store.refreshSession = refreshSession;
  });
});

it.each([
  [{ defaultOutcome: "ALLOW", rememberDevice: { days: 30 } }, "is for CHALLENGE"],
  [{ defaultOutcome: "CHALLENGE", rememberDevice: { days: 0 } }, "below 1"],
  [{ defaultOutcome: "CHALLENGE", rememberDevice: { days: 91 } }, "above 90"],
  [{ defaultOutcome: "CHALLENGE", rememberDevice: true }, "rememberDevice"],
])("T49: the policy %j is refused", (action, message) => {
  expect(() => createHarness({ policy: { actions: { pay: action } } as unknown as Policy })).toThrow(message);
});
