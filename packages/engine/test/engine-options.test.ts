import { expectWarning } from "@require-action-test/support/warnings";
import { createEngine, createMemoryStore, type EngineOptions, type Store } from "@require-action/engine";
import { PolicyError } from "@require-action/engine/policy";
import { describe, expect, it, vi } from "vitest";
import { createHarness, policy, secret } from "./harness.ts";

const options: EngineOptions = {
  policy,
  secrets: [secret],
  issuer: "bank",
  baseUrl: "https://bank.example",
  delivery: { sendEmail: () => undefined },
};

function createWith(change: object): () => unknown {
  return () => createEngine({ ...options, ...change });
}

describe("createEngine", () => {
  it.each([
    ["secret", { secret: "x" }],
    ["passkeys.rpID", { passkeys: { rpID: "bank.example" } }],
    ["passkeys", { passkeys: [] }],
    ["secrets", { secrets: [] }],
    ["secrets", { secrets: secret }],
    ["secrets", { secrets: undefined }],
    ["secrets[0]", { secrets: ["too short"] }],
    ["secrets[1]", { secrets: [secret, new Uint8Array(31)] }],
    ["secrets[0]", { secrets: [7] }],
    ["policy", { policy: undefined }],
    ["issuer", { issuer: "" }],
    ["issuer", { issuer: "two\nlines" }],
    ["issuer", { issuer: "bank#challenge" }],
    ["baseUrl", { baseUrl: undefined }],
    ["baseUrl", { baseUrl: "bank.example" }],
    ["baseUrl", { baseUrl: "http://bank.example" }],
    ["baseUrl", { baseUrl: "http://127.0.0.1.evil.example" }],
    ["baseUrl", { baseUrl: "javascript:alert(1)" }],
    ["baseUrl", { baseUrl: "https://bank.example/?x" }],
    ["baseUrl", { baseUrl: "https://user:pass@bank.example/" }],
    ["store", { store: {} }],
    ["clock", { clock: {} }],
    ["onEvent", { onEvent: "log" }],
    ["facts.ip", { facts: { ip: "maxmind" } }],
    ["delivery.sendEmail", { delivery: { sendEmail: true } }],
    ["limits.attempts", { limits: { attempts: 11 } }],
    ["limits.attempts", { limits: { attempts: 0 } }],
    ["limits.codeLifetimeMs", { limits: { codeLifetimeMs: 10 * 60_000 + 1 } }],
    ["limits.challengeTokenLifetimeMs", { limits: { challengeTokenLifetimeMs: Number.POSITIVE_INFINITY } }],
    ["limits.retries", { limits: { retries: 1 } }],
    ["limits.toString", { limits: { toString: 1 } }],
  ])("refuses the option, naming it: %s", (option, change) => {
    expect(createWith(change)).toThrow(expect.objectContaining({ name: "ConfigurationError", option }));
  });

  it("tells no secret in its refusal", () => {
    expect(createWith({ secrets: ["canary"] })).toThrow(expect.not.stringContaining("canary"));
  });

  it.each([
    ["by default", {}],
    ["as was asked for", { store: createMemoryStore() }],
  ])("T60: warns in production when the state is kept in memory, %s", (_how, given) => {
    vi.stubEnv("NODE_ENV", "production");
    expectWarning("RA_MEMORY_STORE");
    createEngine({ ...options, ...given });
    vi.unstubAllEnvs();
  });

  it.each([
    ["delivery.email: is not an option", { delivery: { email: () => undefined } }],
    ["delivery.sendEmal: is not an option; did you mean delivery.sendEmail?", { delivery: { sendEmal: 1 } }],
    ["facts.ipp: is not an option; did you mean facts.ip?", { facts: { ipp: () => undefined } }],
    ["store: is a promise; await it first", { store: Promise.resolve(createMemoryStore()) }],
    ["secrets[0]: is undefined: is its environment variable set?", { secrets: [undefined] }],
    ["secrets[0]: is empty: is its environment variable set?", { secrets: [""] }],
  ])("says what to do: %s", (message, change) => {
    expect(createWith(change)).toThrow(`configuration_invalid: createEngine: ${message}`);
  });

  it("refuses a policy with its mistakes", () => {
    expect(createWith({ policy: { actions: { pay: { defaultOutcome: "MAYBE" } } } })).toThrow(
      expect.objectContaining({ name: "PolicyError" }),
    );
  });

  it("keeps the policy in force when another cannot be recorded, and tells a broken one's mistakes all the same", async () => {
    const appendEvent = () => Promise.reject(new Error("out of reach"));
    const engine = createEngine({ ...options, store: { ...createMemoryStore(), appendEvent } });
    const version = engine.policyVersion();
    await expect(engine.reloadPolicy({ actions: { pay: { defaultOutcome: "ALLOW" } } })).rejects.toThrow(
      "out of reach",
    );
    expect(engine.policyVersion()).toBe(version);
    await expect(engine.reloadPolicy("actions: [")).rejects.toBeInstanceOf(PolicyError);
    expect(engine.policyVersion()).toBe(version);
  });

  it("refuses an action that no method here could complete", () => {
    const demanding = { actions: { pay: { defaultOutcome: "CHALLENGE", verificationMethods: ["EMAIL_OTP", "SMS"] } } };
    expect(createWith({ policy: demanding, delivery: {} })).toThrow("policy.actions.pay.verificationMethods");
    expect(createWith({ policy: demanding, delivery: { sendEmail: () => undefined } })).not.toThrow();
  });

  it.each([
    "http://localhost:3000/x/",
    "http://127.0.0.1",
    "http://[::1]:80",
    "http://app.localhost",
    "https://a.example",
  ])("accepts %s as its place", (baseUrl) => {
    expect(createWith({ baseUrl, policy: { actions: { pay: { defaultOutcome: "ALLOW" } } } })).not.toThrow();
  });
});

it("keeps the policy that was put in force last, however long recording takes", async () => {
  const store = createMemoryStore();
  let waitMs = 20;
  const slow: Store = {
    ...store,
    async appendEvent(event) {
      const ms = waitMs;
      waitMs = 0;
      await new Promise((resolve) => setTimeout(resolve, ms));
      await store.appendEvent(event);
    },
  };
  const { engine } = createHarness({ store: slow });
  const last = { ...policy, lists: { blocked: ["last"] } };
  await Promise.all([engine.reloadPolicy({ ...policy, lists: { blocked: ["first"] } }), engine.reloadPolicy(last)]);
  expect(engine.policyVersion()).toBe(createHarness({ policy: last }).engine.policyVersion());
});
