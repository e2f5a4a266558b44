import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findJsonMistake } from "../src/policy/json-mistake.ts";
import { createSourceText, readPath } from "../src/policy/source-text.ts";
import { runHere } from "./run-here.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-mistakes-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What `policy check` says about a file, without the file's name. */
async function checked(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  writeFileSync(file, text);
  const { code, output, errors } = await runHere(["policy", "check", file]);
  expect([code, output]).toEqual([1, ""]);
  return errors.replace(`${file} has mistakes:\n`, "");
}

describe("policy check", () => {
  it("C65: names the line and the column of each mistake, in YAML and in JSON", async () => {
    const yaml = `# A policy.
actions:
  pay:
    defaultOutcome: ALLOW
    rules:
      - ruleId: far
        name: Far
        priority: 1
        type: BLOCK
        conditions:
          and:
            - { "=": [{ var: ip.countryCode }, KP] }
            - ">": [{ var: custom.amont }, "1"]
  sign-in: { defaultOutcome: ALLOW, rule: [] }
dataPoints: [{ name: amount, type: decimal }]
`;
    expect(await checked("policy.yaml", yaml)).toBe(
      `  12:17  actions.pay.rules[0].conditions.and[0]["="]: is not an operator of this policy; did you mean ==?
  13:23  actions.pay.rules[0].conditions.and[1][">"][0].var: "custom.amont" is not a variable of this policy; did you mean custom.amount?
  14:37  actions.sign-in.rule: is not known here; did you mean rules?
`,
    );
    const json = JSON.stringify({ actions: { pay: { defaultOutcome: "ALOW" } } }, undefined, 2);
    expect(await checked("policy.json", json)).toMatch(
      /^ {2}4:7 {2}actions\.pay\.defaultOutcome: .*did you mean ALLOW\?\n$/,
    );
  });

  it.each<readonly [string, unknown]>([
    ["one rule", { actionCode: "pay", ruleId: "r", conditions: {}, isActive: true }],
    [
      "a state",
      {
        version: 4,
        terraform_version: "1.9.0",
        resources: [
          {
            type: "authsignal_value_list",
            instances: [{ attributes: { name: "far", value_list_items_strings: ["KP"] } }],
          },
        ],
      },
    ],
    [
      "a bundle with mistakes",
      { rules: [{ conditions: 7 }], customDataPoints: [{ name: "amount", dataType: "number" }] },
    ],
  ])("C65: of an export, %s, says what makes a policy of it", async (_what, exported) => {
    expect(await checked("export.json", JSON.stringify(exported))).toBe(
      `  It is an export of Authsignal or Terraform: require-action policy import ${join(folder, "export.json")} --out FILE makes a policy of it.\n`,
    );
  });

  it("C65: takes no policy with a mistake for an export", async () => {
    for (const text of ['{"version":1}', '{"rules":[]}', "[]", '{"actions":{},"rules":[]}', "resource: {}"]) {
      expect(await checked("policy.json", text)).not.toContain("export");
    }
  });

  it("C65: names the place that encloses what is missing", async () => {
    expect(await checked("missing.yaml", "actions:\n  pay:\n    rules: []\n")).toMatch(
      /^ {2}2:3 {2}actions\.pay\.defaultOutcome: /,
    );
  });

  it.each([
    ["a.json", '{\n  "actions": {]\n}', '2:15  is not JSON: a name in double quotes or "}" is expected, not "]"'],
    [
      "b.json",
      '{ "actions": { "pay": { "defaultOutcome": "ALLOW" }\n',
      '2:1  is not JSON: it ends where "," or "}" is expected',
    ],
    ["c.json", "actions:\n  pay: [\n", '1:1  is not JSON: a value is expected, not "actions"'],
    [
      "d.yaml",
      "actions: [\n",
      "2:1  is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["e.yaml", "actions: {}\nactions: {}\n", "2:1  is not YAML: Map keys must be unique"],
    [
      "f.yml",
      "{ actions: [",
      "1:13  is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["g.yaml", "actions: {}\n---\nactions: {}\n", "2:1  is not YAML: there is more than one document"],
    ["h", '{ "actions": {} "lists": {} }', '1:17  is not JSON: "," or "}" is expected, not a text'],
    [
      "i.json",
      '{ "a": "\\u001b[2J }',
      "1:8  is not JSON: a value is expected, not a text that does not end, or lacks an escape",
    ],
  ])("C65: tells what keeps a file from being read in the file's own language: %s", async (name, text, line) => {
    expect(await checked(name, text)).toBe(`  ${line}\n`);
  });
});

describe("policy test", () => {
  it("C65: names the line and the column of what is wrong with the cases", async () => {
    const [policy, cases] = [join(folder, "policy.yaml"), join(folder, "cases.json")];
    writeFileSync(policy, "actions: { pay: { defaultOutcome: ALLOW } }");
    const run = async (text: string): Promise<string> => {
      writeFileSync(cases, text);
      const { errors } = await runHere(["policy", "test", policy, "--cases", cases]);
      return errors.split("\n").slice(1).join("\n");
    };
    expect(await run('{ "cases": [\n  { "name": "x",\n    "action": "pay" } ] }')).toMatch(
      /^ {2}2:3 {2}cases\.0\.expect: /,
    );
    expect(await run('{ "cases": [\n  { "name": "x" 1 } ] }')).toBe(
      '  2:17  is not JSON: "," or "}" is expected, not "1"\n',
    );
  });
});

describe("a mistake of JSON", () => {
  it("is found where JSON.parse finds one, and nowhere else", () => {
    const text = fc.oneof(
      fc.json(),
      fc.tuple(fc.json(), fc.nat(), fc.constantFrom(..."{}[],:\"'0-1.e\\ \n\u0000tx", "")).map(([json, at, one]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + one + json.slice(place + (one === "" ? 1 : 0));
      }),
    );
    fc.assert(
      fc.property(text, (one) => {
        let isJson = true;
        try {
          JSON.parse(one);
        } catch {
          isJson = false;
        }
        expect(findJsonMistake(one) === undefined).toBe(isJson);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is found at any depth", () => {
    expect(findJsonMistake("[".repeat(200_000))?.offset).toBe(200_000);
  });
});

describe("a place", () => {
  it("is read from a path as messages have it, whatever a name holds", () => {
    expect(readPath('actions["a b].\\"c"].rules[0].conditions["=="][1]')).toEqual([
      "actions",
      'a b]."c',
      "rules",
      0,
      "conditions",
      "==",
      1,
    ]);
    expect(readPath("")).toEqual([]);
    expect(readPath('actions["cut…')).toEqual(["actions"]);
  });

  it("is looked for behind an alias, too, and is none of a text that nobody can read", () => {
    const source = createSourceText("p.yaml", "lists: &all\n  blocked: [a]\nother: *all\n");
    expect(source.locate(["other", "blocked", 0])).toEqual({ line: 2, column: 13 });
    expect(createSourceText("p.yaml", "[".repeat(100_000)).locate(["a"])).toBeUndefined();
  });
});
