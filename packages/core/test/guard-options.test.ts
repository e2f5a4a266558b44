import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ActionOptions,
  ConfigurationError,
  createGuard,
  type Guard,
  createMemoryLedger,
  type GuardOptions,
} from "../src/index.ts";
import { guardDescription } from "../src/adapter.ts";
import type { GuardEvent } from "../src/events.ts";
import { createScriptedProvider } from "@require-action/testing";
import { createHarness, earnToken, guardRequest, type Native, SECRET, summaryOf } from "./harness.ts";

const NO_REDIRECT = "must be an absolute http(s) URL, or one that an application opens, as com.example.bank://done";

const good = (): GuardOptions<Native> => ({
  provider: createHarness().provider,
  user: ({ user }) => user,
  sealSecrets: [SECRET],
  ledger: createMemoryLedger(),
});

/** What is wrong with some options, or the test fails. */
function wrong(create: () => unknown): ConfigurationError {
  try {
    create();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error("nothing was wrong");
}

const guardWith = (options: object) => wrong(() => createGuard({ ...good(), ...options }));
const actionWith = (options: unknown, action: unknown = "withdraw-funds") =>
  wrong(() => createGuard(good()).protect(action as string, options as ActionOptions<Native>));

describe("a guard's option that is wrong is named", () => {
  it.each<readonly [option: string, options: object, problem: string]>([
    ["provider", { provider: undefined }, "must have track(), validateChallenge(), getAction()"],
    ["provider", { provider: { name: "half", track() {} } }, "must have track(), validateChallenge(), getAction()"],
    ["user", { user: "alice" }, "must be a function"],
    ["session", { session: "s" }, "must be a function"],
    ["clientContext", { clientContext: {} }, "must be a function"],
    ["sealSecrets", { sealSecrets: [] }, "must be a list of secrets, with at least one"],
    ["sealSecrets", { sealSecrets: SECRET }, "must be a list of secrets, with at least one"],
    [
      "sealSecrets[0]",
      { sealSecrets: ["a".repeat(31)] },
      "must be a string or bytes, at least 32 bytes long, as of openssl rand -base64 32",
    ],
    ["sealSecrets[1]", { sealSecrets: [SECRET, undefined] }, "is undefined: is its environment variable set?"],
    ["sealSecrets[0]", { sealSecrets: [""] }, "is empty: is its environment variable set?"],
    [
      "sealSecrets[0]",
      { sealSecrets: [new Uint8Array(31)] },
      "must be a string or bytes, at least 32 bytes long, as of openssl rand -base64 32",
    ],
    ["ledger", { ledger: null }, "must have claim(), release()"],
    ["ledger", { ledger: { claim() {} } }, "must have claim(), release()"],
    ["clock", { clock: Date.now }, "must have now()"],
    ["on", { on: console }, "must be a function"],
    ["redirectOrigins", { redirectOrigins: "https://bank.example" }, "must be a list of origins"],
    [
      "redirectOrigins[0]",
      { redirectOrigins: ["https://bank.example/"] },
      "must be an origin, without a path or a slash after it, as https://app.example or capacitor://localhost; pages of files have none",
    ],
    [
      "redirectOrigins[0]",
      { redirectOrigins: ["bank.example"] },
      "must be an origin, without a path or a slash after it, as https://app.example or capacitor://localhost; pages of files have none",
    ],
    [
      "redirectOrigins[0]",
      { redirectOrigins: ["null"] },
      "must be an origin, without a path or a slash after it, as https://app.example or capacitor://localhost; pages of files have none",
    ],
    [
      "redirectOrigins[0]",
      { redirectOrigins: ["ftp://bank.example"] },
      "must be an origin, without a path or a slash after it, as https://app.example or capacitor://localhost; pages of files have none",
    ],
    ["deadlineMs", { deadlineMs: 1000 }, "must be an object"],
    ["deadlineMs.decision", { deadlineMs: { decision: 0 } }, "must be whole milliseconds from 1 to 60000"],
    ["deadlineMs.decision", { deadlineMs: { decision: 60_001 } }, "must be whole milliseconds from 1 to 60000"],
    ["deadlineMs.ledger", { deadlineMs: { ledger: 1.5 } }, "must be whole milliseconds from 1 to 60000"],
    ["deadlineMs.ledger", { deadlineMs: { ledger: "250" } }, "must be whole milliseconds from 1 to 60000"],
    ["deadlineMs.provider", { deadlineMs: { provider: 1 } }, "is not an option"],
    ["profile", { profile: "oauth" }, 'must be one of "default", "rfc9470"'],
    ["onUnavailable", { onUnavailable: "open" }, 'must be one of "deny", "allow" or { provider }'],
    ["onUnavailable", { onUnavailable: true }, 'must be one of "deny", "allow" or { provider }'],
    ["onUnavailable", { onUnavailable: null }, "must be an object"],
    ["onUnavailable.provider", { onUnavailable: {} }, "is required"],
    [
      "onUnavailable.provider",
      { onUnavailable: { provider: { name: "half", track() {} } } },
      "must have track(), validateChallenge(), getAction()",
    ],
    [
      "onUnavailable.provider",
      { onUnavailable: { provider: { ...good().provider, name: "" } } },
      "must have a name, which its seals contain",
    ],
    ["onUnavailable.until", { onUnavailable: { provider: good().provider, until: 1 } }, "is not an option"],
    ["resilience", { resilience: "off" }, 'must be "none" or an object'],
    ["resilience", { resilience: false }, "must be an object"],
    ["resilience.maxConcurrent", { resilience: { maxConcurrent: 0 } }, "must be a whole number from 1 to 100000"],
    ["resilience.maxConcurrent", { resilience: { maxConcurrent: 1e6 } }, "must be a whole number from 1 to 100000"],
    ["resilience.maxQueued", { resilience: { maxQueued: -1 } }, "must be a whole number from 0 to 100000"],
    ["resilience.retries", { resilience: { retries: 3 } }, "is not an option"],
    ["resilience.breaker", { resilience: { breaker: "off" } }, 'must be "none" or an object'],
    [
      "resilience.breaker.threshold",
      { resilience: { breaker: { threshold: 1 } } },
      "must be a number, more than 0 and less than 1",
    ],
    [
      "resilience.breaker.threshold",
      { resilience: { breaker: { threshold: 0 } } },
      "must be a number, more than 0 and less than 1",
    ],
    [
      "resilience.breaker.window",
      { resilience: { breaker: { window: 1.5 } } },
      "must be a whole number from 1 to 100000",
    ],
    [
      "resilience.breaker.minimumCalls",
      { resilience: { breaker: { window: 10, minimumCalls: 11 } } },
      "must not exceed window, the number of calls considered",
    ],
    [
      "resilience.breaker.halfOpenAfterMs",
      { resilience: { breaker: { halfOpenAfterMs: "5s" } } },
      "must be a whole number from 1 to 100000",
    ],
    ["onNotEnrolled", { onNotEnrolled: "ALLOW" }, 'must be one of "enroll", "allow", "block"; did you mean "allow"?'],
    ["maxAge", { maxAge: 0 }, "must be whole seconds from 1 to 31536000"],
    ["maxAge", { maxAge: Number.NaN }, "must be whole seconds from 1 to 31536000"],
    ["maxAge", { maxAge: Number.POSITIVE_INFINITY }, "must be whole seconds from 1 to 31536000"],
    ["maxAge", { maxAge: 31_536_001 }, "must be whole seconds from 1 to 31536000"],
    ["reviewMaxAge", { reviewMaxAge: -1 }, "must be whole seconds from 1 to 31536000"],
    ["reviewMaxAge", { reviewMaxAge: "1d" }, "must be whole seconds from 1 to 31536000"],
    ["onUnavailble", { onUnavailble: "deny" }, "is not an option; did you mean onUnavailable?"],
    ["bind", { bind: "none" }, "is not an option"],
    ["constructor", { constructor: 1 }, "is not an option"],
  ])("%s of %o: %s", (option, options, problem) => {
    const error = guardWith(options);
    expect([error.option, error.message]).toEqual([
      option,
      `configuration_invalid: createGuard: ${option}: ${problem}`,
    ]);
  });

  it("that is required and missing is named too", () => {
    const { provider: _provider, ...withoutProvider } = good();
    const { user: _user, ...withoutUser } = good();
    expect(wrong(() => createGuard(withoutProvider as never)).message).toBe(
      "configuration_invalid: createGuard: provider: is required",
    );
    const guard = createGuard(withoutUser) as unknown as Guard<Native>;
    expect(wrong(() => guard.protect("withdraw-funds")).message).toBe(
      'configuration_invalid: requireAction("withdraw-funds"): user: is required to protect a route; without it a guard is for calls off HTTP',
    );
    expect(guard.protect("withdraw-funds", { user: () => "alice" })).toBeTypeOf("function");
  });

  it.each([null, "secret", 5, [], new Map(), new Date(), Promise.resolve({}), () => ({})])(
    "C27: %j are no options",
    (options) => {
      expect(wrong(() => createGuard(options as never)).option).toBe("options");
    },
  );

  it("T33: is never quoted, as it may be a secret in the wrong place", () => {
    const canary = "canary-4711-canary-4711-canary-4711";
    const misplaced = [
      { sealSecrets: canary },
      { sealSecrets: { first: canary } },
      { sealSecrets: [canary.slice(0, 20)] },
      { sealSecrets: [[canary]] },
      { profile: canary },
      { maxAge: canary },
      { deadlineMs: canary },
      { redirectOrigins: [canary] },
    ];
    for (const options of misplaced) expect(String(guardWith(options).stack)).not.toContain("canary-4711");
    expect(wrong(() => createGuard(canary as never)).message).not.toContain("canary-4711");
  });

  it("is a status 500 that is not for the client's eyes", () => {
    expect(guardWith({ maxAge: 0 })).toMatchObject({
      code: "configuration_invalid",
      status: 500,
      expose: false,
      name: "ConfigurationError",
      helpUrl: expect.stringMatching(/errors\.md#configuration_invalid$/),
    });
  });
});

describe("what guards of one provider share", () => {
  const provider = createScriptedProvider();
  const guard = (options: object = {}) => createGuard({ ...good(), provider, ...options });

  it("is not declared twice in different ways", () => {
    guard({ resilience: { maxConcurrent: 10 } });
    guard();
    guard({ resilience: { maxConcurrent: 10, maxQueued: 200 } });
    guard({ resilience: "none" });
    expect(wrong(() => guard({ resilience: { maxConcurrent: 11 } }))).toMatchObject({ option: "resilience" });
    expect(wrong(() => guard({ resilience: { maxConcurrent: 10, breaker: "none" } }))).toMatchObject({
      option: "resilience",
    });
  });

  it("cannot be what it falls back to", () => {
    expect(wrong(() => guard({ onUnavailable: { provider } }))).toMatchObject({ option: "onUnavailable.provider" });
    expect(wrong(() => guard().protect("withdraw-funds", { onUnavailable: { provider } }))).toMatchObject({
      option: "onUnavailable.provider",
    });
  });
});

describe("C64: an action's option that is wrong is named, with the action, where the route is declared", () => {
  it.each<readonly [option: string, options: unknown, problem: string]>([
    ["options", null, "must be an object"],
    ["options", "none", "must be an object"],
    ["bind", { bind: "all" }, 'must be "none" or a function'],
    ["bind", { bind: ["amount"] }, 'must be "none" or a function'],
    ["bind", { bind: false }, 'must be "none" or a function'],
    ["attributes", { attributes: "x" }, "must be an object"],
    ["attributes.userId", { attributes: { userId: "bob" } }, "is not an option"],
    ["attributes.idempotencyKey", { attributes: { idempotencyKey: "k" } }, "is not an option"],
    ["attributes.email", { attributes: { email: 1 } }, "must be a string"],
    [
      "attributes.custom.list",
      { attributes: { custom: { list: [] } } },
      "must be a string, a boolean or a finite number",
    ],
    ["redirectUrl", { redirectUrl: "/back" }, NO_REDIRECT],
    ["redirectUrl", { redirectUrl: "javascript:alert(1)" }, NO_REDIRECT],
    ["redirectUrl", { redirectUrl: "https://user:pass@bank.example/" }, "must not hold credentials"],
    ["redirectUrl", { redirectUrl: 5 }, "must be a URL or a function"],
    ["verificationMethods", { verificationMethods: [] }, "must be a list of verification methods, with at least one"],
    [
      "verificationMethods",
      { verificationMethods: "PASSKEY" },
      "must be a list of verification methods, with at least one",
    ],
    [
      "verificationMethods[1]",
      { verificationMethods: ["SMS", "passkey"] },
      "is not a verification method; did you mean PASSKEY?",
    ],
    ["when", { when: true }, "must be a function"],
    ["respond", { respond: {} }, "must be a function"],
    ["releaseOn", { releaseOn: [] }, "must be a list of statuses, with at least one"],
    ["releaseOn", { releaseOn: 422 }, "must be a list of statuses, with at least one"],
    ...[200, 401, 408, 500, "422", null].map((status): [string, object, string] => [
      "releaseOn[1]",
      { releaseOn: [422, status] },
      "must be 400, 409, 415 or 422: with any other status, something may have been done",
    ]),
    ["observe", { observe: "yes" }, "must be true or false"],
    ["maxAge", { maxAge: 0.5 }, "must be whole seconds from 1 to 31536000"],
    ["deadlineMs.decision", { deadlineMs: { decision: -1 } }, "must be whole milliseconds from 1 to 60000"],
    ["sealSecrets", { sealSecrets: [SECRET] }, "is not an option"],
    ["verificationMethod", { verificationMethod: "PASSKEY" }, "is not an option; did you mean verificationMethods?"],
    ["Bind", { Bind: "none" }, "is not an option; did you mean bind?"],
    ["binds", { binds: () => ({}) }, "is not an option; did you mean bind?"],
  ])("%s of %o: %s", (option, options, problem) => {
    const error = actionWith(options);
    expect([error.option, error.message]).toEqual([
      option,
      `configuration_invalid: requireAction("withdraw-funds"): ${option}: ${problem}`,
    ]);
  });

  it.each(["", " ", "withdraw funds", "a/b", "..", "a".repeat(65), "é", "withdraw-funds\n", undefined, null, 5, ["a"]])(
    "T32: action %j",
    (action) => expect(wrong(() => createGuard(good()).protect(action as string)).option).toBe("action"),
  );

  it.each(["a", "A_b-9", "constructor", "__proto__", "a".repeat(64)])("but not action %j", (action) => {
    expect(createGuard(good()).protect(action)).toBeInstanceOf(Function);
  });
});

describe("options that contradict each other", () => {
  it.each([
    ["profile", "rfc9470"],
    ["onUnavailable", "deny"],
    ["onNotEnrolled", "block"],
    ["verificationMethods", ["PASSKEY"]],
    ["maxAge", 60],
    ["reviewMaxAge", 60],
    ["redirectUrl", "https://bank.example/"],
    ["releaseOn", [422]],
    ["respond", () => ({ body: "" })],
  ])("observe, which stops nothing, and %s", (name, value) => {
    expect(actionWith({ observe: true, [name]: value })).toMatchObject({
      option: name,
      message: expect.stringContaining("has no effect with observe"),
    });
    expect(createGuard(good()).protect("a", { observe: false })).toBeInstanceOf(Function);
  });

  it.each([[{}], [{ claim: "handler" }]])("C23: releaseOn and a handler that claims, as %o says", (guard) => {
    const options: ActionOptions<object> = { releaseOn: [422], ...("claim" in guard ? {} : { claim: "handler" }) };
    const error = wrong(() => createGuard({ ...good(), ...(guard as object) }).protect("a", options));
    expect([error.option, error.problem]).toEqual([
      "releaseOn",
      'has no effect with claim: "handler": rolling back its transaction gives the approval back',
    ]);
  });

  it("a computed redirectUrl and no origins that it may have", () => {
    const redirectUrl = () => "https://bank.example/";
    expect(actionWith({ redirectUrl })).toMatchObject({ option: "redirectUrl" });
    expect(wrong(() => createGuard({ ...good(), redirectOrigins: [] }).protect("a", { redirectUrl })).option).toBe(
      "redirectUrl",
    );
    const guard = createGuard({ ...good(), redirectOrigins: ["https://bank.example"] });
    expect(guard.protect("a", { redirectUrl })).toBeInstanceOf(Function);
  });
});

describe("what is not set", () => {
  let warnings: { code: string | undefined; message: string }[];

  beforeEach(() => {
    warnings = [];
    vi.spyOn(process, "emitWarning").mockImplementation(((message: string, { code }: NodeJS.EmitWarningOptions) => {
      warnings.push({ code, message });
    }) as never);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  it("is no reason to warn when secrets and ledger are", () => {
    createGuard(good());
    expect(warnings).toEqual([]);
  });

  it("seals with a random secret of this process, and warns", async () => {
    const { sealSecrets: _sealSecrets, ...options } = good();
    const events: GuardEvent[] = [];
    createGuard({ ...options, on: (event) => events.push(event) });
    expect(warnings).toEqual([{ code: "RA_RANDOM_SEAL_SECRET", message: expect.stringMatching(/sealSecrets/) }]);
    expect(events).toEqual([expect.objectContaining({ type: "warning", ...warnings[0] })]);
  });

  it("seals with another one in each guard", async () => {
    const { provider } = createHarness();
    const { sealSecrets: _sealSecrets, ...options } = { ...good(), provider };
    const keys: string[] = [];
    provider.override("track", (request) => {
      keys.push((request as { attributes: { idempotencyKey: string } }).attributes.idempotencyKey);
    });
    await createHarness({ ...options, sealSecrets: undefined as never }).route()();
    provider.override("getAction", () => ({ state: "REVIEW_SUCCEEDED" }));
    const other = createHarness({ ...options, sealSecrets: undefined as never });
    expect(summaryOf(await other.route()({ token: keys[0] }))).toBe("403 action_token_invalid");
  });

  it("is an error in production", () => {
    vi.stubEnv("NODE_ENV", "production");
    const { sealSecrets: _sealSecrets, ...options } = good();
    expect(wrong(() => createGuard(options)).option).toBe("sealSecrets");
    expect(createGuard(good())).toBeDefined();
  });

  it("claims in memory, and warns once", async () => {
    const { ledger: _ledger, ...options } = good();
    const guard = createGuard(options);
    guard.protect("a");
    guard.protect("b");
    expect(warnings).toEqual([{ code: "RA_MEMORY_LEDGER", message: expect.stringMatching(/this process only/) }]);
  });

  it("T53: emits, and shows, the start-up checks that its ledger failed and that only warned", async () => {
    const events: GuardEvent[] = [];
    const ledger = { ...createMemoryLedger(), failedChecks: ["persistence", "eviction"] };
    const guard = createGuard({ ...good(), ledger, on: (event) => events.push(event) });
    expect(events).toEqual([
      {
        type: "warning",
        code: "RA_LEDGER_WEAKENED",
        message: "The ledger memory failed start-up checks that its options set to warn: persistence, eviction.",
        helpUrl: expect.stringContaining("#process-warnings"),
      },
    ]);
    // The ledger has made process warnings of its own.
    expect(warnings).toEqual([]);
    expect(guardDescription(guard.protect("a"))?.failedChecks).toEqual(["persistence", "eviction"]);
  });
});

describe("options, once a route is declared,", () => {
  it("are not read again, so that changing them weakens nothing", async () => {
    const harness = createHarness();
    const options: Record<string, unknown> = { verificationMethods: ["PASSKEY"], bind: () => ({ a: 1 }) };
    const route = harness.route(options);
    const weak = await earnToken(harness, route, {}, "EMAIL_OTP");
    Object.assign(options, { bind: "none", observe: true, when: () => false, onUnavailable: "allow" });
    (options["verificationMethods"] as string[]).push("EMAIL_OTP");
    harness.provider.answer("BLOCK");
    expect(summaryOf(await route())).toBe("403 action_blocked");
    expect(summaryOf(await route({ token: weak }))).toBe("403 verification_method_insufficient");
  });

  describe("T40: are not taken from a polluted prototype", () => {
    const pollution = { observe: true, bind: "none", onUnavailable: "allow", onNotEnrolled: "allow", state: "ALLOW" };

    function pollute(isEnumerable: boolean): void {
      for (const [name, value] of Object.entries(pollution)) {
        // oxlint-disable-next-line no-extend-native -- as an attacker would
        Object.defineProperty(Object.prototype, name, {
          value,
          enumerable: isEnumerable,
          configurable: true,
          writable: true,
        });
      }
    }

    afterEach(() => {
      for (const name of Object.keys(pollution)) Reflect.deleteProperty(Object.prototype, name);
    });

    it("and decide as before", async () => {
      const harness = createHarness();
      const route = harness.route();
      pollute(false);
      harness.provider.answer("BLOCK");
      expect(summaryOf(await route())).toBe("403 action_blocked");
      expect(harness.events.find(({ type }) => type === "decision")).toMatchObject({ binding: "request" });
      harness.provider.override("track", () => ({}));
      expect(summaryOf(await route())).toBe("503 decision_unavailable");
    });

    it("and let nothing through where loops find them", async () => {
      const harness = createHarness();
      const route = harness.route({ attributes: () => ({}) });
      pollute(true);
      for (const state of ["BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"] as const) {
        harness.provider.answer(state);
        expect(await route().then(summaryOf, () => "fault")).not.toBe("proceed");
      }
    });
  });

  it("of an action come before the guard's", async () => {
    const harness = createHarness({ user: () => "guard", onUnavailable: "allow" });
    harness.provider.override("track", () => Promise.reject(new Error("down")));
    const route = harness.route({ user: () => "route", onUnavailable: "deny" });
    expect(summaryOf(await route())).toBe("503 decision_unavailable");
    expect(harness.provider.calls[0]?.request.userId).toBe("route");
    expect(summaryOf(await harness.route()())).toBe("proceed");
  });
});

it.each([
  ["shared ones", (all: object, session: object) => Object.assign(Object.create(session) as object, all)],
  [
    "a class",
    (all: object, { session }: { session: unknown }) =>
      Object.assign(
        new (class {
          get session(): unknown {
            return session;
          }
        })(),
        all,
      ),
  ],
])("heeds what options inherit from %s", async (_from, make) => {
  const guard = createGuard(make(good(), { session: () => undefined }) as GuardOptions<Native>);
  const verdict = await guard.protect("withdraw-funds")(guardRequest());
  expect(summaryOf(verdict)).toBe("401 authentication_required");
});
