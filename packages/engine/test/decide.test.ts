import { allowWarnings } from "@require-action-test/support/warnings";
import { codeAt } from "@require-action-test/support/codes";
import { type FactSources, type Policy } from "@require-action/engine";
import { type Condition, PolicyInputError } from "@require-action/engine/policy";
import { describe, expect, it, vi } from "vitest";
import { createHarness, enrollApp, type Harness, minute, never, policy, track } from "./harness.ts";

allowWarnings("RA_ACTION_UNKNOWN");

/** An action that is blocked when the condition holds. */
function blockedWhen(conditions: Condition): Policy {
  return {
    actions: {
      pay: {
        defaultOutcome: "CHALLENGE",
        rules: [{ ruleId: "r", name: "R", priority: 1, type: "BLOCK", conditions }],
      },
    },
    dataPoints: [
      { name: "tier", type: "text", model: "user" },
      { name: "note", type: "text", optional: true },
    ],
  };
}

async function stateOf({ engine }: Harness, attributes: object = {}): Promise<string> {
  return (await track(engine, "alice", "pay", attributes)).state;
}

async function completeOn(harness: Harness, shared: string, deviceId: string): Promise<void> {
  const { token } = await track(harness.engine, "alice", "pay", { deviceId });
  await harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(shared, harness.clock.now()));
}

describe("facts of the device", () => {
  const newDevice = blockedWhen({ "==": [{ var: "device.isNew" }, true] });

  it("a device is new until a challenge was completed on it; asking alone makes it no older", async () => {
    const harness = createHarness({ policy: { ...policy, actions: { ...policy.actions, ...newDevice.actions } } });
    const shared = await enrollApp(harness, "alice");
    for (let again = 0; again < 3; again++) {
      await expect(stateOf(harness, { deviceId: "phone" })).resolves.toBe("BLOCK");
    }
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { deviceId: "phone" });
    await harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(shared, harness.clock.now()));
    await expect(stateOf(harness, { deviceId: "phone" })).resolves.toBe("CHALLENGE_REQUIRED");
    await expect(stateOf(harness, { deviceId: "laptop" })).resolves.toBe("BLOCK");
  });

  it("a request that names no device is on a new one", async () => {
    await expect(stateOf(createHarness({ policy: newDevice }))).resolves.toBe("BLOCK");
  });

  it("a device is remembered until then, and new again once invalidated", async () => {
    const remembered = blockedWhen({ "==": [{ var: "device.isRemembered" }, true] });
    const harness = createHarness({
      policy: { ...policy, actions: { ...policy.actions, ...remembered.actions } },
    });
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    await completeOn(harness, shared, "phone");
    const state = () => stateOf(harness, { deviceId: "phone" });

    await expect(state()).resolves.toBe("CHALLENGE_REQUIRED");
    await engine.users.rememberDevice("alice", "phone", clock.now() + minute);
    await expect(state()).resolves.toBe("BLOCK");
    clock.advance(minute);
    await expect(state()).resolves.toBe("CHALLENGE_REQUIRED");
    await engine.users.rememberDevice("alice", "phone", clock.now() + minute);
    await engine.users.invalidateDevice("alice", "phone");
    await expect(state()).resolves.toBe("CHALLENGE_REQUIRED");
    await engine.users.rememberDevice("alice", "phone", clock.now() + minute);
    await expect(state()).resolves.toBe("CHALLENGE_REQUIRED");
    await expect(engine.users.rememberDevice("alice", "stranger", null)).rejects.toMatchObject({ reason: "not_found" });
  });

  it("device.count counts known ones", async () => {
    const two = blockedWhen({ ">=": [{ var: "device.count" }, 2] });
    const harness = createHarness({ policy: { ...policy, actions: { ...policy.actions, ...two.actions } } });
    const shared = await enrollApp(harness, "alice");
    await completeOn(harness, shared, "phone");
    await expect(stateOf(harness)).resolves.toBe("CHALLENGE_REQUIRED");
    harness.clock.advance(30_000);
    await completeOn(harness, shared, "laptop");
    await expect(stateOf(harness)).resolves.toBe("BLOCK");
  });
});

describe("facts of the user", () => {
  it.each([
    ["user.id", { "==": [{ var: "user.id" }, "alice"] }],
    ["user.email, as tracked", { endsWith: [{ var: "user.email" }, "@mail.example"] }],
    ["user.isEnrolled", { "==": [{ var: "user.isEnrolled" }, true] }],
    ["custom data kept with the user", { "==": [{ var: "custom.tier" }, "watched"] }],
  ] satisfies [string, Condition][])("%s", async (_name, conditions) => {
    const harness = createHarness({ policy: blockedWhen(conditions) });
    await harness.engine.users.update("alice", { custom: { tier: "watched" } });
    await harness.engine.authenticators.enrollVerified("alice", {
      verificationMethod: "EMAIL_OTP",
      email: "alice@mail.example",
    });
    await expect(stateOf(harness, { email: "alice@mail.example" })).resolves.toBe("BLOCK");
  });

  it("what a request sends does not pose as kept with the user", async () => {
    const harness = createHarness({ policy: blockedWhen({ "!=": [{ var: "custom.tier" }, "trusted"] }) });
    await harness.engine.users.update("alice", { custom: { tier: "watched" } });
    await expect(stateOf(harness, { custom: { tier: "trusted" } })).resolves.toBe("BLOCK");
  });

  it("user.hasPreviouslyVerified is true once a challenge was completed, which enrolling is not", async () => {
    const verified = blockedWhen({ "==": [{ var: "user.hasPreviouslyVerified" }, true] });
    const harness = createHarness({ policy: { ...policy, actions: { ...policy.actions, ...verified.actions } } });
    const shared = await enrollApp(harness, "alice");
    await expect(stateOf(harness)).resolves.toBe("CHALLENGE_REQUIRED");
    await completeOn(harness, shared, "phone");
    await expect(stateOf(harness)).resolves.toBe("BLOCK");
  });

  it("e-mail, phone number and name are kept for the time to come", async () => {
    const { engine } = createHarness();
    await track(engine, "alice", "sign-in", {
      email: "alice@mail.example",
      phoneNumber: "+64270000000",
      username: "al",
    });
    await expect(engine.users.find("alice")).resolves.toMatchObject({
      email: "alice@mail.example",
      phoneNumber: "+64270000000",
      username: "al",
    });
  });
});

describe("facts of the address", () => {
  const anonymous = blockedWhen({ "==": [{ var: "ip.isAnonymous" }, true] });

  it("are looked up when a rule needs them, and only then", async () => {
    const ip = vi.fn<Extract<FactSources["ip"], Function>>(() => ({ isAnonymous: true, countryCode: "NZ" }));
    const asking = createHarness({ policy: anonymous, facts: { ip } });
    await expect(stateOf(asking, { ipAddress: "192.0.2.1" })).resolves.toBe("BLOCK");
    expect(ip).toHaveBeenCalledExactlyOnceWith("192.0.2.1", expect.any(AbortSignal));
    const country = createHarness({ policy: blockedWhen({ in: [{ var: "ip.countryCode" }, ["NZ"]] }), facts: { ip } });
    await expect(stateOf(country, { ipAddress: "192.0.2.1" })).resolves.toBe("BLOCK");
    ip.mockClear();
    await stateOf(createHarness({ policy: blockedWhen({ "==": [{ var: "user.id" }, "x"] }), facts: { ip } }), {
      ipAddress: "192.0.2.1",
    });
    expect(ip).not.toHaveBeenCalled();
  });

  it("T50: a lookup that fails decides nothing", async () => {
    const facts = { ip: () => Promise.reject(new Error("canary")) };
    const { engine } = createHarness({ policy: anonymous, facts });
    await expect(track(engine, "alice", "pay", { ipAddress: "192.0.2.1" })).rejects.toMatchObject({
      reason: "lookup_failed",
      status: 503,
      message: expect.not.stringContaining("canary") as string,
    });
    await expect(engine.actions.query()).resolves.toEqual({ items: [] });
  });

  it("F1: a caller that goes away during the lookup leaves no action behind", async () => {
    const controller = new AbortController();
    const { engine } = createHarness({
      policy: anonymous,
      facts: {
        ip() {
          controller.abort();
          return { isAnonymous: false };
        },
      },
    });
    const attributes = { idempotencyKey: "k", ipAddress: "192.0.2.1" };
    await expect(
      engine.track({ userId: "alice", action: "pay", attributes }, { signal: controller.signal }),
    ).rejects.toMatchObject({ reason: "aborted" });
    await expect(engine.actions.query()).resolves.toEqual({ items: [] });
  });

  it("ip.address is compared as an address", async () => {
    const harness = createHarness({ policy: blockedWhen({ inCidr: [{ var: "ip.address" }, "192.0.2.0/24"] }) });
    await expect(stateOf(harness, { ipAddress: "::ffff:192.0.2.9" })).resolves.toBe("BLOCK");
    await expect(stateOf(harness, { ipAddress: "198.51.100.1" })).resolves.toBe("CHALLENGE_REQUIRED");
  });
});

describe("decisions", () => {
  it("are made in two trips to the store", async () => {
    const harness = createHarness();
    const trips: string[] = [];
    const { createMemoryStore } = await import("@require-action/engine");
    const store = new Proxy(createMemoryStore(), {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === "function") trips.push(String(name));
        return value;
      },
    });
    const { engine } = createHarness({ store, clock: harness.clock });
    trips.length = 0;
    await track(engine, "alice", "withdraw-funds", { custom: { amount: "250" } });
    expect(trips).toEqual(["gather", "record"]);
  });

  it("report every rule that matched, the deciding one first", async () => {
    const { engine } = createHarness();
    expect(
      await engine.track(
        {
          userId: "alice",
          action: "withdraw-funds",
          attributes: { idempotencyKey: "k", custom: { amount: "20000", payee: "mallory" } },
        },
        never,
      ),
    ).toMatchObject({ state: "BLOCK", outcome: "BLOCK", ruleIds: ["blocked-payee", "large"] });
  });

  it("refuse an action that the policy does not name, unless it says otherwise", async () => {
    const { engine } = createHarness();
    for (const action of ["unknown", "constructor", "__proto__", "toString"]) {
      await expect(track(engine, "alice", action)).rejects.toMatchObject({ reason: "action_unknown" });
    }
    const open = createHarness({ policy: { ...policy, unknownActions: "CHALLENGE" } });
    await expect(track(open.engine, "alice", "unknown")).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it("C60: refuse a data point of the wrong type, and name it in the event", async () => {
    const { engine, events } = createHarness();
    await expect(track(engine, "alice", "withdraw-funds", { custom: { amount: "much" } })).rejects.toBeInstanceOf(
      PolicyInputError,
    );
    expect(events).toMatchObject([
      {
        type: "action.refused",
        reason: "request_unresolvable",
        detail: expect.stringMatching(/custom\.amount(?!.*much)/) as string,
      },
    ]);
  });

  it("give a token in no state but CHALLENGE_REQUIRED", async () => {
    const { engine } = createHarness();
    for (const action of ["sign-in", "close-account"]) {
      await expect(track(engine, "alice", action)).resolves.toMatchObject({ token: "" });
    }
  });

  it("lead to a page whose URL has a query already", async () => {
    const { engine, clock } = createHarness();
    const { url, token, tokenExpiresAt } = await engine.track(
      { userId: "alice", action: "withdraw-funds", attributes: { idempotencyKey: "k" } },
      never,
    );
    expect(url).toBe(`https://bank.example/authsignal/challenge?token=${token}`);
    expect(tokenExpiresAt).toBe(clock.now() + 10 * minute);
  });

  it("tell that a user without an accepted authenticator is not enrolled, and let nobody on for that", async () => {
    const { engine } = createHarness();
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "a@mail.example" });
    await expect(track(engine, "alice", "change-password")).resolves.toMatchObject({
      state: "CHALLENGE_REQUIRED",
      isEnrolled: false,
    });
    await expect(track(engine, "alice")).resolves.toMatchObject({ state: "CHALLENGE_REQUIRED", isEnrolled: true });
  });

  it("go by the policy in force; a broken one leaves it", async () => {
    const { engine, events } = createHarness();
    const version = engine.policyVersion();
    await expect(engine.reloadPolicy("actions: { sign-in: { defaultOutcome: MAYBE } }")).rejects.toThrow("MAYBE");
    expect(engine.policyVersion()).toBe(version);
    await engine.reloadPolicy("actions: { sign-in: { defaultOutcome: BLOCK } }");
    await expect(track(engine, "alice", "sign-in")).resolves.toMatchObject({ state: "BLOCK" });
    expect(events.map(({ type }) => type)).toEqual(["policy.refused", "policy.loaded", "action.tracked"]);
  });

  it("F27: a hook that throws or rejects changes nothing", async () => {
    for (const onEvent of [() => Promise.reject(new Error("hook")), () => new Promise(() => undefined)]) {
      await expect(track(createHarness({ onEvent }).engine, "alice")).resolves.toMatchObject({
        state: "CHALLENGE_REQUIRED",
      });
    }
    const onEvent = () => {
      throw new Error("hook");
    };
    await expect(track(createHarness({ onEvent }).engine, "alice")).resolves.toMatchObject({
      state: "CHALLENGE_REQUIRED",
    });
  });
});
