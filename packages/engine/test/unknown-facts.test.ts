import { type EngineOptions, type FactSources, type Policy } from "@require-action/engine";
import {
  compilePolicy,
  type Condition,
  policyWarnings,
  type Rule,
  unknowableRules,
} from "@require-action/engine/policy";
import { describe, expect, it } from "vitest";
import { createHarness, track } from "./harness.ts";

const torExit: Condition = { "==": [{ var: "ip.isAnonymous" }, true] };

function rule(change: Partial<Rule> = {}): Rule {
  return { ruleId: "r", name: "Rule", priority: 1, type: "BLOCK", conditions: torExit, ...change };
}

/** A policy of one action, allowed by default. */
function policyOf(rules: readonly Rule[], more: Partial<Policy> & { readonly defaultOutcome?: string } = {}): Policy {
  const { defaultOutcome = "ALLOW", ...rest } = more;
  return { ...rest, actions: { pay: { defaultOutcome: defaultOutcome as "ALLOW", rules } } };
}

const blocksTor = policyOf([rule()]);

async function stateOf(
  options: Partial<EngineOptions>,
  attributes: object = { ipAddress: "192.0.2.1" },
): Promise<string> {
  const { engine } = createHarness(options);
  return (await track(engine, "alice", "pay", attributes)).state;
}

describe("a rule over a fact that nothing gives this engine", () => {
  it("T57: a Tor exit under ip.isAnonymous → BLOCK without a lookup is refused at load, naming rule and remedy", () => {
    const create = (): unknown => createHarness({ policy: blocksTor });
    expect(create).toThrow(
      expect.objectContaining({ name: "ConfigurationError", option: "policy.actions.pay.rules[0]" }),
    );
    expect(create).toThrow(/ip\.isAnonymous.*facts\.ip.*--ip-database.*"none"/);
  });

  it.each<[string, Condition]>([
    ["the country", { "==": [{ var: "ip.countryCode" }, "NZ"] }],
    ["the country, by its long name", { in: [{ var: "ip.location.country.countryCode" }, ["NZ"]] }],
    ["anonymity, deep inside", { or: [{ "==": [{ var: "user.id" }, "x"] }, { "!": torExit }] }],
    ["anonymity, by itself", { "!!": { var: "ip.isAnonymous" } } as Condition],
  ])("T57: is refused when it is about %s", (_what, conditions) => {
    expect(() => createHarness({ policy: policyOf([rule({ conditions })]) })).toThrow(
      expect.objectContaining({ name: "ConfigurationError" }),
    );
  });

  it.each(["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"] as const)("T57: is refused whatever it decides: %s", (type) => {
    expect(() => createHarness({ policy: policyOf([rule({ type })]) })).toThrow("ip.isAnonymous");
  });

  it("T57: is refused with whenUnknown too, which would match always", () => {
    expect(() => createHarness({ policy: policyOf([rule({ whenUnknown: "REVIEW" })]) })).toThrow("ip.isAnonymous");
  });

  it("T57: is refused when a policy is reloaded, and the one before stays", async () => {
    const { engine, events } = createHarness({ policy: policyOf([]) });
    const before = engine.policyVersion();
    await expect(engine.reloadPolicy(blocksTor)).rejects.toMatchObject({ name: "ConfigurationError" });
    expect(engine.policyVersion()).toBe(before);
    expect(events.map(({ type }) => type)).toEqual(["policy.refused"]);
  });

  it("T57: is refused when the lookup gives other facts, and loads when it gives this one", async () => {
    const lookUp = (): object => ({ isAnonymous: true });
    const facts = (...provides: ("countryCode" | "isAnonymous")[]): FactSources => ({ ip: { provides, lookUp } });
    expect(() => createHarness({ policy: blocksTor, facts: facts("countryCode") })).toThrow("does not give it");
    await expect(stateOf({ policy: blocksTor, facts: facts("isAnonymous") })).resolves.toBe("BLOCK");
    await expect(stateOf({ policy: blocksTor, facts: { ip: lookUp } })).resolves.toBe("BLOCK");
  });

  it("names all of them", () => {
    const policy = policyOf([rule(), rule({ ruleId: "s", priority: 2 })]);
    expect(() => createHarness({ policy })).toThrow("so do actions.pay.rules[1]");
    expect(unknowableRules(compilePolicy(policy), undefined).map(({ path }) => path)).toEqual([
      "actions.pay.rules[0]",
      "actions.pay.rules[1]",
    ]);
  });

  it("loads when it is not active", async () => {
    await expect(stateOf({ policy: policyOf([rule({ isActive: false })]) })).resolves.toBe("ALLOW");
  });

  it.each([
    { provides: ["asn"], lookUp: (): undefined => undefined },
    { provides: ["countryCode"] },
    { lookUp: (): undefined => undefined },
    "None",
    null,
  ])("the option facts.ip is refused: %j", (ip) => {
    expect(() => createHarness({ facts: { ip } as never })).toThrow(
      expect.objectContaining({ name: "ConfigurationError", option: expect.stringMatching(/^facts\.ip(?:$|[.[])/) }),
    );
  });
});

describe('facts: { ip: "none" }', () => {
  const facts: FactSources = { ip: "none" };

  it("T57: loads such rules, and leaves the fact unknown", async () => {
    await expect(stateOf({ policy: blocksTor, facts })).resolves.toBe("ALLOW");
    await expect(stateOf({ policy: policyOf([rule({ whenUnknown: "REVIEW" })]), facts })).resolves.toBe(
      "REVIEW_REQUIRED",
    );
  });

  it("T57: is said again at every start and reload", async () => {
    const warned = {
      type: "policy.warned",
      policyVersion: expect.any(String),
      at: expect.any(Number),
      reason: "facts_unknown at actions.pay.rules[0]",
    };
    const { engine, events } = createHarness({ policy: blocksTor, facts });
    expect(events).toEqual([warned]);
    await engine.reloadPolicy(blocksTor);
    expect(events.slice(1)).toEqual([expect.objectContaining({ type: "policy.loaded" }), warned]);
    expect(createHarness({ policy: policyOf([]), facts }).events).toEqual([]);
  });

  it("T57: is a warning of the policy", () => {
    expect(policyWarnings(compilePolicy(blocksTor), "none").map(({ message }) => message)).toContain(
      'ip.isAnonymous is never known here, as facts.ip is "none": the rule cannot match on it',
    );
  });
});

describe("whenUnknown", () => {
  const perDevice = (change: Partial<Rule> = {}): Policy =>
    policyOf([rule({ conditions: { ">": [{ var: "velocity.tries" }, 2] }, ...change })], {
      counters: [{ name: "tries", kind: "count", by: "device", window: "1h", actions: ["pay"] }],
    });

  it("T57: dropping the device cookie does not step past a device counter", async () => {
    const { engine } = createHarness({ policy: perDevice({ whenUnknown: "CHALLENGE" }) });
    const pay = async (attributes: object): Promise<string> => (await track(engine, "alice", "pay", attributes)).state;
    const phone = { deviceId: "phone" };
    expect([await pay(phone), await pay(phone), await pay(phone)]).toEqual(["ALLOW", "ALLOW", "BLOCK"]);
    expect(await pay({})).toBe("CHALLENGE_REQUIRED");
  });

  it("T57: without it, the warning names the device that may be left out", () => {
    expect(policyWarnings(compilePolicy(perDevice()))).toEqual([
      {
        path: "actions.pay.rules[0]",
        message:
          "BLOCK may become ALLOW when a fact is unknown (velocity.tries: a request that names no device): add whenUnknown",
      },
    ]);
    expect(policyWarnings(compilePolicy(perDevice({ whenUnknown: "CHALLENGE" })))).toEqual([]);
  });

  const device: Condition = { "==": [{ var: "device.id" }, "stolen"] };

  it.each(["CHALLENGE", "REVIEW", "BLOCK"] as const)("T57: decides %s, of a rule of any type", (whenUnknown) => {
    for (const type of ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"] as const) {
      const action = compilePolicy(policyOf([rule({ type, whenUnknown, conditions: device })])).action("pay");
      expect(action?.decide(() => undefined)).toMatchObject({
        outcome: whenUnknown,
        matched: [{ ruleId: "r", type: whenUnknown, isUnknown: true }],
        undecided: [{ ruleId: "r", type }],
      });
      expect(action?.decide(() => "stolen")).toMatchObject({ outcome: type, undecided: [] });
      expect(action?.decide(() => "mine")).toMatchObject({ outcome: "ALLOW", matched: [], undecided: [] });
    }
  });

  it.each(["ALLOW", "DENY", null, true])("T57: is never %j", (whenUnknown) => {
    expect(() => compilePolicy(policyOf([rule({ whenUnknown: whenUnknown as never })]))).toThrow("whenUnknown");
  });

  it("T57: has the rule's own priority", () => {
    const first = rule({
      ruleId: "first",
      priority: 1,
      type: "REVIEW",
      conditions: { "==": [{ var: "user.id" }, "a"] },
    });
    const second = rule({ ruleId: "second", priority: 2, conditions: device, whenUnknown: "BLOCK" });
    const third = rule({
      ruleId: "third",
      priority: 3,
      type: "CHALLENGE",
      conditions: { "!=": [{ var: "user.id" }, "b"] },
    });
    const action = compilePolicy(policyOf([third, second, first])).action("pay");
    const outcome = (user: string): unknown =>
      action?.decide((name) => (name === "user.id" ? user : undefined)).outcome;
    expect([outcome("a"), outcome("c"), outcome("b")]).toEqual(["REVIEW", "BLOCK", "BLOCK"]);
  });

  it("T57: brings the rule's own methods", async () => {
    const policy = policyOf([
      rule({ conditions: device, whenUnknown: "CHALLENGE", verificationMethods: ["AUTHENTICATOR_APP"] }),
    ]);
    const { engine } = createHarness({ policy });
    const { key } = await track(engine, "alice", "pay");
    await expect(engine.actions.find(key)).resolves.toMatchObject({
      allowedVerificationMethods: ["AUTHENTICATOR_APP"],
    });
  });

  it("T57: is recorded with the action and in the trail", async () => {
    const { engine, events } = createHarness({
      policy: policyOf([rule({ conditions: device, whenUnknown: "REVIEW" })]),
    });
    const { key } = await track(engine, "alice", "pay");
    await expect(engine.actions.find(key)).resolves.toMatchObject({
      outcome: "REVIEW",
      rules: [{ ruleId: "r", name: "Rule", isUnknown: true }],
    });
    expect(events).toEqual([
      expect.objectContaining({ type: "action.tracked", ruleIds: ["r"], undecidedRuleIds: ["r"] }),
    ]);
  });
});

describe("rules that an unknown fact opens", () => {
  const always: Condition = { "==": [{ var: "user.isEnrolled" }, true] };
  const named: Condition = { "==": [{ var: "device.id" }, "stolen"] };
  const warningsOf = (rules: readonly Rule[], more: Parameters<typeof policyOf>[1] = {}): readonly string[] =>
    policyWarnings(compilePolicy(policyOf(rules, more)), ["countryCode", "isAnonymous"]).map(({ message }) => message);

  it.each<[string, Condition, Partial<Policy>?]>([
    ["ip.isAnonymous: an address that the lookup does not know", torExit],
    ["ip.address: a call whose address the guard does not know", { inCidr: [{ var: "ip.address" }, "192.0.2.0/24"] }],
    ["device.id: a request that names no device", named],
    ["user.email: a user without one", { endsWith: [{ var: "user.email" }, "@evil.example"] }],
    [
      "custom.note: it is left out",
      { "==": [{ var: "custom.note" }, "x"] },
      { dataPoints: [{ name: "note", type: "text", optional: true }] },
    ],
    [
      "custom.kyc: it is left out",
      { "==": [{ var: "custom.kyc" }, "x"] },
      { dataPoints: [{ name: "kyc", type: "text", model: "user" }] },
    ],
    [
      "velocity.n: a call whose address the guard does not know",
      { ">": [{ var: "velocity.n" }, 1] },
      { counters: [{ name: "n", kind: "count", by: "ip", window: "1h", actions: ["pay"] }] },
    ],
  ])("T57: are named, with how it happens: %s", (cause, conditions, more) => {
    expect(warningsOf([rule({ conditions })], more)).toEqual([
      `BLOCK may become ALLOW when a fact is unknown (${cause}): add whenUnknown`,
    ]);
  });

  it.each<[string, Condition, Partial<Policy>?]>([
    ["device.isNew", { "==": [{ var: "device.isNew" }, true] }],
    ["user.isEnrolled", always],
    [
      "a data point that is demanded",
      { "==": [{ var: "custom.payee" }, "x"] },
      { dataPoints: [{ name: "payee", type: "text" }] },
    ],
    [
      "a user's counter",
      { ">": [{ var: "velocity.n" }, 1] },
      { counters: [{ name: "n", kind: "count", by: "user", window: "1h", actions: ["pay"] }] },
    ],
  ])("T57: are not those over what is always known: %s", (_what, conditions, more) => {
    expect(warningsOf([rule({ conditions })], more)).toEqual([]);
  });

  it("T57: are not those that only allow, or whose default is as strict", () => {
    expect(warningsOf([rule({ type: "ALLOW" })], { defaultOutcome: "CHALLENGE" })).toEqual([]);
    expect(warningsOf([rule()], { defaultOutcome: "BLOCK" })).toEqual([]);
  });

  it("T57: are those in front of a milder rule", () => {
    const milder = rule({ ruleId: "s", priority: 2, type: "CHALLENGE", conditions: always });
    expect(warningsOf([rule(), milder], { defaultOutcome: "BLOCK" })).toEqual([
      expect.stringContaining("BLOCK may become CHALLENGE"),
    ]);
  });

  it("T57: are those whose whenUnknown stands in front of something stricter", () => {
    const stricter = rule({ ruleId: "s", priority: 2, type: "BLOCK", conditions: always });
    expect(warningsOf([rule({ type: "ALLOW", whenUnknown: "CHALLENGE" }), stricter])).toEqual([
      expect.stringContaining("whenUnknown CHALLENGE stands in front of BLOCK"),
    ]);
    expect(warningsOf([rule({ type: "ALLOW", whenUnknown: "BLOCK" }), stricter])).toEqual([]);
  });
});
