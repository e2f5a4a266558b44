import type { TrackAttributes } from "@require-action/core/provider";
import type { EngineOptions, Policy } from "@require-action/engine";
import { type EngineTrackRequest } from "@require-action/engine/server";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHarness, never } from "./harness.ts";

const base = { userId: "alice", action: "sign-in", attributes: { idempotencyKey: "key" } };

async function trackWith(change: object): Promise<unknown> {
  return createHarness().engine.track({ ...base, ...change } as EngineTrackRequest, never);
}

function trackWithAttributes(attributes: object): Promise<unknown> {
  return trackWith({ attributes: { ...base.attributes, ...attributes } });
}

const invalid = { reason: "request_invalid", status: 400, code: "provider_refused" };

describe("bad input to track", () => {
  it.each([
    [{ userId: "" }],
    [{ userId: "a\ud800b" }],
    [{ userId: "a\u0000" }],
    [{ userId: ["alice"] }],
    [{ userId: null }],
    [{ userId: "x".repeat(257) }],
    [{ action: "with space" }],
    [{ action: "" }],
    [{ action: ["sign-in"] }],
    [{ action: "x".repeat(65) }],
    [{ attributes: undefined }],
    [{ attributes: null }],
    [{ boundFields: "amount" }],
    [{ boundFields: ["amount"] }],
    [{ boundFields: ["toString"], attributes: { idempotencyKey: "k", custom: { amount: "1" } } }],
    [
      {
        boundFields: ["__proto__"],
        attributes: { idempotencyKey: "k", custom: JSON.parse('{"__proto__":"1"}') as Record<string, string> },
      },
    ],
    [{ boundFields: [["amount"]], attributes: { idempotencyKey: "k", custom: { amount: "1" } } }],
  ])("T41: refuses %j", async (change) => {
    await expect(trackWith(change)).rejects.toMatchObject(invalid);
  });

  it.each([
    [{ idempotencyKey: "" }],
    [{ idempotencyKey: 7 }],
    [{ redirectUrl: "javascript:alert(1)" }],
    [{ redirectUrl: "//evil.example" }],
    [{ redirectUrl: "https:evil.example" }],
    [{ redirectUrl: "https://good.example@evil.example/back" }],
    [{ redirectUrl: "https://good.example\\@evil.example" }],
    [{ redirectUrl: "\u0000https://good.example" }],
    [{ redirectUrl: "https://good.example/\t/x" }],
    [{ redirectUrl: `https://good.example/${"x".repeat(2048)}` }],
    [{ deviceId: "a\nb" }],
    [{ deviceId: {} }],
    [{ email: "a@x.example\nBcc: b@y.example" }],
    [{ userAgent: 7 }],
    [{ scope: "admin" }],
    [{ scope: "add:authenticators; DROP" }],
    [{ custom: [] }],
    [{ custom: null }],
    [{ custom: { a: Number.NaN } }],
    [{ custom: { a: Number.POSITIVE_INFINITY } }],
    [{ custom: { a: 1n } }],
    [{ custom: { a: "\ud800" } }],
    [{ custom: { a: "\u0000" } }],
    [{ custom: { "": 1 } }],
    [{ custom: { "a\nb": 1 } }],
  ])("refuses the attributes %o", async (attributes) => {
    await expect(trackWithAttributes(attributes)).rejects.toMatchObject(invalid);
  });

  it.each([
    ["192.0.2.1:443", "192.0.2.1"],
    ["::ffff:c000:201", "192.0.2.1"],
    ["[2001:DB8::1]:443", "2001:db8::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["127.1", undefined],
    ["unknown", undefined],
    ["192.0.2.1, 198.51.100.1", undefined],
    [["192.0.2.1"], undefined],
    [null, undefined],
  ])("C9: records the address %j as %s, and refuses nothing for it", async (ipAddress, recorded) => {
    const { engine } = createHarness();
    const attributes = { idempotencyKey: "key", ipAddress } as TrackAttributes;
    await engine.track({ ...base, attributes }, never);
    const found = await engine.actions.find({ ...base, idempotencyKey: "key" });
    expect(found?.attributes.ipAddress).toBe(recorded);
  });

  it("F24: refuses more than 100 data points, or more than 16 KiB of them", async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`f${index}`, 1]));
    await expect(trackWithAttributes({ custom: many })).rejects.toMatchObject(invalid);
    await expect(trackWithAttributes({ custom: { a: "x".repeat(16_384) } })).rejects.toMatchObject(invalid);
    await expect(trackWithAttributes({ custom: { a: "x".repeat(16_000) } })).resolves.toMatchObject({ state: "ALLOW" });
  });

  it("cuts a browser's description rather than refusing it", async () => {
    const { engine } = createHarness();
    await engine.track({ ...base, attributes: { idempotencyKey: "key", userAgent: "x".repeat(9000) } }, never);
    const { attributes } = (await engine.actions.find({ ...base, idempotencyKey: "key" })) ?? {};
    expect(attributes?.userAgent).toHaveLength(512);
  });

  it("names the attribute, and never its value", async () => {
    await expect(trackWithAttributes({ email: "canary@" })).rejects.toMatchObject({
      message: expect.stringMatching(/^request_invalid: email (?!.*canary)/) as string,
    });
  });

  it("T40: data points named like members of every object are data points", async () => {
    const custom = JSON.parse('{"__proto__":"x","constructor":"y","toString":"z"}') as Record<string, string>;
    const { engine } = createHarness();
    await engine.track({ ...base, attributes: { idempotencyKey: "key", custom } }, never);
    const { attributes } = (await engine.actions.find({ ...base, idempotencyKey: "key" })) ?? {};
    expect(Object.entries(attributes?.custom ?? {})).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
      ["toString", "z"],
    ]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("T40: any name of a data point, user or key leaves every other object as it was", async () => {
    const { engine } = createHarness();
    const names = fc.constantFrom("__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty");
    await fc.assert(
      fc.asyncProperty(names, names, names, fc.string(), async (userId, idempotencyKey, field, value) => {
        const attributes = { idempotencyKey, custom: { [field]: value } } as TrackAttributes;
        await Promise.resolve(engine.track({ userId, action: "sign-in", attributes }, never)).catch(() => undefined);
        expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});

describe("C20: what the application says of its user", () => {
  const quoted = '"john doe"@example.com';
  const national = "0171 1234567";
  const sms = { sendEmail: async () => {}, sendSms: async () => {} };
  const ruled: Policy = {
    actions: {
      "sign-in": {
        defaultOutcome: "ALLOW",
        rules: [
          {
            ruleId: "r",
            name: "r",
            priority: 1,
            type: "BLOCK",
            conditions: { "==": [{ var: "user.phoneNumber" }, "+1"] },
          },
        ],
      },
    },
  };

  async function told(
    attributes: object,
    options: Partial<EngineOptions> = {},
    action = "sign-in",
  ): Promise<{ readonly dropped: readonly unknown[]; readonly recorded: object | undefined }> {
    const { engine, events } = createHarness(options);
    const key = { userId: "alice", action, idempotencyKey: "key" };
    const given = { idempotencyKey: "key", ...attributes } as TrackAttributes;
    await engine.track({ userId: "alice", action, attributes: given }, never);
    const dropped = events.flatMap(({ type, reason }) => (type === "attribute.dropped" ? [reason] : []));
    return { dropped, recorded: (await engine.actions.find(key))?.attributes };
  }

  it.each<readonly [object]>([
    [{ email: null, phoneNumber: null, username: null, locale: null }],
    [{ email: "", phoneNumber: "", username: "", locale: "" }],
  ])("is absent where it is %j", async (attributes) => {
    expect(await told(attributes)).toEqual({ dropped: [], recorded: {} });
  });

  it("is kept in its one spelling", async () => {
    const attributes = { email: " Ann@Example.com ", phoneNumber: "+44 (0)20 7946 0958", locale: "pt_BR" };
    const recorded = { email: "Ann@Example.com", phoneNumber: "+442079460958", locale: "pt-BR" };
    expect(await told(attributes)).toEqual({ dropped: [], recorded });
  });

  it.each<readonly [object, string, Partial<EngineOptions>]>([
    [{ phoneNumber: national }, "phoneNumber", {}],
    [{ email: quoted }, "email", { delivery: {} }],
    [{ locale: "C" }, "locale", {}],
    [{ username: "a\nb" }, "username", {}],
    [{ phoneNumber: 7 }, "phoneNumber", {}],
  ])(
    "is left out with an event where it cannot be read and nothing needs it: %j",
    async (attributes, name, options) => {
      const policy = { actions: { "sign-in": { defaultOutcome: "ALLOW" } } } as const;
      expect(await told(attributes, { policy, ...options })).toEqual({ dropped: [name], recorded: {} });
    },
  );

  it.each<readonly [string, object, string, Partial<EngineOptions>]>([
    ["a method sends codes to it", { email: quoted }, "email", {}],
    ["a method sends codes to it", { phoneNumber: national }, "phoneNumber", { delivery: sms }],
    ["a rule names it", { phoneNumber: national }, "phoneNumber", { policy: ruled }],
  ])("is refused by its name where it cannot be read and %s: %j", async (_why, attributes, field, options) => {
    await expect(told(attributes, options)).rejects.toMatchObject({
      ...invalid,
      field,
      detail: expect.stringMatching(`^${field} must be (?!.*(?:john|0171))`) as string,
    });
  });

  it("is left out where the action accepts no such method", async () => {
    expect(await told({ email: quoted }, {}, "change-password")).toEqual({ dropped: ["email"], recorded: {} });
  });
});

describe("the same key again", () => {
  const attributes = { idempotencyKey: "key", custom: { amount: "250", payee: "bob" }, deviceId: "phone" };
  const request = { userId: "alice", action: "withdraw-funds", attributes };

  it("with the same attributes is the same action, with a fresh token", async () => {
    const { engine, clock } = createHarness();
    const first = await engine.track(request, never);
    clock.advance(1000);
    const reordered = { deviceId: "phone", custom: { payee: "bob", amount: "250" }, idempotencyKey: "key" };
    const second = await engine.track({ ...request, attributes: reordered }, never);
    expect(second.token).not.toBe(first.token);
    expect(second.tokenExpiresAt).toBe((first.tokenExpiresAt ?? 0) + 1000);
    await expect(engine.actions.query()).resolves.toMatchObject({ items: [{ createdAt: clock.now() - 1000 }] });
  });

  it.each([
    { custom: { amount: "251", payee: "bob" } },
    { custom: { amount: "250" } },
    { custom: { amount: 250, payee: "bob" } },
    { custom: { amount: "250", payee: "bob", extra: true } },
    { deviceId: "laptop" },
    { deviceId: undefined },
    { ipAddress: "192.0.2.1" },
    { scope: "add:authenticators" },
  ])("T4: with %j instead is refused, and changes nothing", async (change) => {
    const { engine } = createHarness();
    await engine.track(request, never);
    const before = await engine.actions.query();
    const { deviceId, ...rest } = { ...attributes, ...change };
    const changed = { ...request, attributes: { ...rest, ...(deviceId === undefined ? {} : { deviceId }) } };
    await expect(engine.track(changed, never)).rejects.toMatchObject({ reason: "idempotency_conflict", status: 409 });
    await expect(engine.actions.query()).resolves.toEqual(before);
  });

  it("T4: with other attributes at once, one of the two is refused", async () => {
    const { engine } = createHarness();
    const other = { ...request, attributes: { ...attributes, custom: { amount: "1", payee: "bob" } } };
    const outcomes = await Promise.allSettled([engine.track(request, never), engine.track(other, never)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await engine.actions.query()).items).toHaveLength(1);
  });

  it("after the challenge is over, says so rather than asking for another", async () => {
    const { engine } = createHarness();
    await engine.track(request, never);
    const key = { userId: "alice", action: "withdraw-funds", idempotencyKey: "key" };
    await engine.actions.transition(key, { state: "CHALLENGE_FAILED", actor: "operator" });
    await expect(engine.track(request, never)).rejects.toMatchObject({ reason: "state_conflict" });
  });

  it("after an operator has blocked the action, says that it is blocked", async () => {
    const { engine } = createHarness();
    await engine.track(request, never);
    const key = { userId: "alice", action: "withdraw-funds", idempotencyKey: "key" };
    await engine.actions.transition(key, { state: "BLOCK", actor: "operator" });
    const answer = await engine.track(request, never);
    expect(answer.state).toBe("BLOCK");
    expect(answer).not.toHaveProperty("outcome");
  });

  it("of another user or action is another action", async () => {
    const { engine } = createHarness();
    await engine.track(request, never);
    await engine.track({ ...request, userId: "bob" }, never);
    await engine.track({ ...request, action: "sign-in" }, never);
    expect((await engine.actions.query()).items).toHaveLength(3);
  });
});
