import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEngine, createMemoryStore, type Policy } from "@require-action/engine";
import { compilePolicy } from "@require-action/engine/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { examplePolicy } from "./command-process.ts";
import { runHere } from "./run-here.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-policy-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, content: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const policyCommand = (...args: readonly string[]) => runHere(["policy", ...args]);

const policy: Policy = {
  dataPoints: [{ name: "amount", type: "decimal" }],
  counters: [{ name: "paid", kind: "sum", by: "user", window: "24h", actions: ["pay"], field: "amount" }],
  actions: {
    pay: {
      defaultOutcome: "CHALLENGE",
      verificationMethods: ["AUTHENTICATOR_APP"],
      rules: [
        {
          ruleId: "much",
          name: "Much in a day",
          priority: 1,
          type: "REVIEW",
          conditions: { ">": [{ var: "velocity.paid" }, "1000"] },
        },
        {
          ruleId: "small",
          name: "Small and known",
          priority: 2,
          type: "ALLOW",
          conditions: {
            and: [{ "<": [{ var: "custom.amount" }, "100"] }, { "==": [{ var: "device.isNew" }, false] }],
          },
        },
        {
          ruleId: "abroad",
          name: "From far away",
          priority: 3,
          type: "BLOCK",
          conditions: { "==": [{ var: "ip.countryCode" }, "KP"] },
        },
      ],
    },
  },
};

describe("require-action policy check", () => {
  it("finds every mistake with its path, or none", async () => {
    const [good, bad, missing, stray] = await Promise.all([
      policyCommand("check", examplePolicy),
      policyCommand("check", fileWith("bad.yaml", "actions: { pay: { defaultOutcome: ALOW } }\nlist: {}\n")),
      policyCommand("check", join(folder, "none.json")),
      policyCommand("check", examplePolicy, "--strict"),
    ]);
    expect(good).toMatchObject({ code: 0, errors: "" });
    expect(good.output).toMatch(/policy\.json has no mistakes: \d actions, version [\w-]{43}\.\n$/);
    expect(bad).toMatchObject({ code: 1, output: "" });
    expect(bad.errors).toMatch(/^ {2}1:19 {2}actions\.pay\.defaultOutcome: .*did you mean ALLOW\?$/m);
    expect(bad.errors).toMatch(/^ {2}2:1 {2}list: .*did you mean lists\?$/m);
    expect([missing.code, missing.errors]).toEqual([2, `${join(folder, "none.json")}: There is no such file.\n`]);
    expect([stray.code, stray.errors]).toEqual([
      2,
      "Unknown option '--strict'. See require-action policy check --help.\n",
    ]);
  });
});

describe("require-action policy test", () => {
  const known = { attributes: { deviceId: "phone", custom: { amount: "50" } } };
  const facts = { "device.isNew": false, "velocity.paid": "50" };

  it("tells how each case comes out", async () => {
    const cases = `
cases:
  - name: small, from a known device
    action: pay
    given: { attributes: { deviceId: phone, custom: { amount: "50" } }, facts: { device.isNew: false, velocity.paid: "50" } }
    expect: { outcome: ALLOW, rules: [small] }
  - name: small, without a device
    action: pay
    given: { attributes: { custom: { amount: "50" } }, facts: { velocity.paid: "50" } }
    expect: { outcome: CHALLENGE, rules: [], verificationMethods: [AUTHENTICATOR_APP] }
  - name: from far away, by the short name
    action: pay
    given:
      attributes: { ipAddress: 192.0.2.1, custom: { amount: "500" } }
      facts: { velocity.paid: "50", ip.countryCode: KP }
    expect: { outcome: BLOCK }
  - { name: without an amount, action: pay, expect: { outcome: REFUSED } }
  - { name: of no name, action: fly, expect: { outcome: REFUSED } }
`;
    const ended = await policyCommand("test", fileWith("p.json", policy), "--cases", fileWith("cases.yaml", cases));
    expect(ended).toMatchObject({ code: 0, errors: "" });
    expect(ended.output).toMatch(/^(?:ok {4}.*\n){5}5 cases, all as expected\.\n$/);
  });

  it("takes no misspelt action for one that is refused", async () => {
    const cases = { cases: [{ name: "without an amount", action: "psy", expect: { outcome: "REFUSED" } }] };
    const ended = await policyCommand("test", fileWith("p.json", policy), "--cases", fileWith("cases.json", cases));
    expect(ended).toMatchObject({ code: 1, errors: "" });
    expect(ended.output).toContain("the policy does not name the action psy; did you mean pay?");
  });

  it("finds the example policy as its cases say", async () => {
    const ended = await policyCommand("test", examplePolicy, "--cases", examplePolicy.replace(".json", "-cases.yaml"));
    expect(ended).toMatchObject({ code: 0, errors: "" });
  });

  it("tells what is otherwise, and never guesses a fact", async () => {
    const given = (attributes: object, others: object) => ({ ...known, attributes, facts: others });
    const one = (name: string, what: object, expected: object) => ({
      name,
      action: "pay",
      given: what,
      expect: expected,
    });
    const allow = { outcome: "ALLOW" };
    const cases = [
      one("fine", { ...known, facts }, allow),
      one(
        "otherwise",
        { ...known, facts },
        { outcome: "BLOCK", rules: ["much", "small"], verificationMethods: ["SMS"] },
      ),
      one("unknown country", { ...known, facts: { ...facts, "device.isNew": true } }, allow),
      one("no facts", known, allow),
      one("a number for a decimal", { ...known, facts: { ...facts, "velocity.paid": true } }, allow),
      one("a slip", { ...known, facts: { ...facts, "ip.cuontry": "KP" } }, allow),
      one("told twice", given({ custom: { amount: "50" } }, facts), allow),
      one("no amount", given({}, facts), allow),
    ];
    const { code, output } = await policyCommand(
      "test",
      fileWith("p.json", policy),
      "--cases",
      fileWith("cases.json", { cases }),
    );
    expect(code).toBe(1);
    expect(output).toBe(`ok    fine
FAIL  otherwise
        outcome: expected BLOCK, got ALLOW
        rules: expected much, small, got small
        verificationMethods: expected SMS, got AUTHENTICATOR_APP
        undecided, as a fact is unknown: abroad
FAIL  unknown country
        outcome: expected ALLOW, got CHALLENGE
        undecided, as a fact is unknown: abroad
FAIL  no facts
        given.facts lacks velocity.paid, which a rule asks for
        given.facts lacks device.isNew, which a rule asks for
FAIL  a number for a decimal
        given.facts.velocity.paid is not a decimal
FAIL  a slip
        given.facts.ip.cuontry: no rule names it
FAIL  told twice
        given.facts.device.isNew is not looked at: given.attributes tell it
FAIL  no amount
        outcome: expected ALLOW, got REFUSED
        custom.amount: is missing
7 of 8 cases failed.
`);
  });

  it("refuses cases that are none", async () => {
    const wrong = { cases: [{ name: "x", action: "pay", expect: { outcome: "ALOW", rule: [] }, given: { fact: {} } }] };
    const file = fileWith("p.json", policy);
    const [bad, none, absent] = await Promise.all([
      policyCommand("test", file, "--cases", fileWith("wrong.json", wrong)),
      policyCommand("test", file, "--cases", fileWith("none.json", { cases: [] })),
      policyCommand("test", file),
    ]);
    expect(bad.code).toBe(2);
    expect(bad.errors).toMatch(/^ {2}1:\d+ {2}cases\.0\.given\.fact: is not known here$/m);
    expect(bad.errors).toMatch(/^ {2}1:\d+ {2}cases\.0\.expect\.outcome: must be ALLOW/m);
    expect(bad.errors).toMatch(/^ {2}1:\d+ {2}cases\.0\.expect\.rule: is not known here$/m);
    expect([none.code, absent.code]).toEqual([2, 2]);
    expect(none.errors).toContain("cases: is empty");
    expect(absent.errors).toContain("--cases FILE is missing.");
  });
});

/** What an engine recorded of six payments, as lines of a log. */
async function record(): Promise<string> {
  const store = createMemoryStore();
  const engine = createEngine({
    policy,
    store,
    facts: { ip: "none" },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bank",
    baseUrl: "https://bank.example",
  });
  const { signal } = new AbortController();
  const pay = (userId: string, amount: string, idempotencyKey: string) =>
    engine.track(
      { userId, action: "pay", attributes: { idempotencyKey, deviceId: "phone", custom: { amount } } },
      { signal },
    );
  for (const [index, amount] of ["50", "60", "500", "700"].entries()) await pay("alice", amount, `a${index}`);
  for (const [index, amount] of ["20", "30"].entries()) await pay("bob", amount, `b${index}`);
  const { items } = await store.listActions({ limit: 100 });
  // A log may have been written to by anybody.
  return items.map((item) => JSON.stringify(item).replaceAll('"bob"', '"bob\\u001b[2J"')).join("\n");
}

const changed: Policy = {
  ...policy,
  actions: {
    pay: {
      ...policy.actions["pay"]!,
      rules: [
        ...policy.actions["pay"]!.rules!.slice(0, 1),
        {
          ruleId: "tiny",
          name: "Tiny",
          priority: 2,
          type: "ALLOW",
          conditions: { "<=": [{ var: "custom.amount" }, "30"] },
        },
      ],
    },
  },
};

describe("require-action policy backtest", () => {
  it("tells how outcomes shift, with examples", async () => {
    const log = fileWith("log.jsonl", `${await record()}\nno record\n{"action":"pay"}\n`);
    const [before, after] = [fileWith("before.json", policy), fileWith("after.json", changed)];
    const { code, output, errors } = await policyCommand(
      "backtest",
      after,
      "--log",
      log,
      "--before",
      before,
      "--examples",
      "1",
    );
    expect([code, errors]).toEqual([0, ""]);
    expect(output.replaceAll(/\d{4}-\d\d-\d\dT\S+Z/g, "TIME"))
      .toBe(`6 judged anew, 2 of them come out otherwise; 2 not judged.

recorded         ALLOW  CHALLENGE     REVIEW      BLOCK    REFUSED
CHALLENGE            2          3          0          0          0
REVIEW               0          0          1          0          0

Examples
  CHALLENGE → ALLOW  pay  bob\\u{1b}[2J  TIME  by default → tiny

Not judged
  2 lines are no action records
`);
  });

  it("guesses nothing: neither what another counter held, nor what no rule had asked for", async () => {
    const log = fileWith("log.jsonl", await record());
    const [before, after] = [fileWith("before.json", policy), fileWith("after.json", changed)];
    const hourly = { ...changed, counters: [{ ...policy.counters![0]!, window: "1h" }] };
    const enrolled = structuredClone(changed) as unknown as { actions: { pay: { rules: { conditions: object }[] } } };
    enrolled.actions.pay.rules[1]!.conditions = { var: "user.isEnrolled" };
    const [without, otherCounter, otherFact] = await Promise.all([
      policyCommand("backtest", after, "--log", log),
      policyCommand("backtest", fileWith("hourly.json", hourly), "--log", log, "--before", before),
      policyCommand("backtest", fileWith("enrolled.json", enrolled), "--log", log, "--before", before, "--json"),
    ]);
    for (const ended of [without, otherCounter]) {
      expect(ended).toMatchObject({ code: 1, errors: "No action could be judged.\n" });
      expect(ended.output).toContain("  6 do not tell velocity.paid as this policy has it\n");
    }
    expect(JSON.parse(otherFact.output)).toEqual({
      judged: 0,
      changed: 0,
      counts: {},
      examples: [],
      malformed: 0,
      lacking: { "user.isEnrolled": 6 },
      unjudged: 6,
    });
  });

  it("counts what the engine would refuse", async () => {
    const log = fileWith("log.jsonl", await record());
    const { actions, ...others } = policy;
    const renamed = { ...others, counters: [], actions: { "pay-out": { defaultOutcome: "ALLOW" } } };
    expect(actions).toBeDefined();
    const { code, output } = await policyCommand("backtest", fileWith("renamed.json", renamed), "--log", log, "--json");
    expect([code, JSON.parse(output).counts]).toEqual([0, { CHALLENGE: { REFUSED: 5 }, REVIEW: { REFUSED: 1 } }]);
  });

  it("wants either a log or a store", async () => {
    const file = fileWith("p.json", policy);
    const ended = await Promise.all([
      policyCommand("backtest", file),
      policyCommand("backtest", file, "--log", "x", "--store", "sqlite:y"),
      policyCommand("backtest", file, "--log", join(folder, "none.jsonl")),
      policyCommand("backtest", file, "--store", "memory"),
    ]);
    expect(ended.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    expect(ended[2]!.errors).toContain("There is no such file.");
  });
});

describe("require-action policy import", () => {
  const exported = {
    rules: [
      {
        ruleId: "r1",
        actionCode: "pay",
        name: "Large",
        isActive: true,
        priority: 1,
        type: "CHALLENGE",
        conditions: { and: [{ ">": [{ var: "custom.amount" }, 100] }] },
      },
    ],
  };

  it.each(["utf8", "utf16le"] as const)("reads what PowerShell redirects into a file, in %s", async (encoding) => {
    const file = join(folder, `export-${encoding}.json`);
    writeFileSync(file, Buffer.from(`\ufeff${JSON.stringify(exported, undefined, 2)}\r\n`, encoding));
    const { code, output } = await policyCommand("import", file, "--default-outcome", "ALLOW");
    expect([code, compilePolicy(output).actionCodes]).toEqual([0, ["pay"]]);
  });

  it("makes a policy that compiles, and tells what could not be carried over", async () => {
    const file = fileWith("export.json", exported);
    const out = join(folder, "imported.json");
    const [good, bad, wrong] = await Promise.all([
      policyCommand("import", file, "--default-outcome", "ALLOW", "--out", out),
      policyCommand("import", file),
      policyCommand("import", file, "--default-outcome", "MAYBE"),
    ]);
    expect(good).toMatchObject({ code: 0, output: "" });
    expect(compilePolicy(readFileSync(out, "utf8")).actionCodes).toEqual(["pay"]);
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.output).actions.pay.rules).toHaveLength(1);
    expect(bad.errors).toMatch(/Could not be carried over:\n {2}actions\.pay\.defaultOutcome: /);
    expect([wrong.code, wrong.errors]).toEqual([2, "--default-outcome must be ALLOW, CHALLENGE, REVIEW or BLOCK.\n"]);
  });
});
