import { describe, expect, test } from "vitest";
import { compilePolicy, type FactValue, importAuthsignalRules, PolicyError } from "../../src/policy.ts";

const rule = {
  ruleId: "a2d9670f-4028-424c-9f0f-1493ed9efc45",
  tenantId: "5b9bbf2f-1d2c-4a1c-8a3e-000000000000",
  actionCode: "withdraw-funds",
  name: "Large sum from afar",
  description: "hello world",
  isActive: true,
  priority: 2,
  type: "CHALLENGE",
  verificationMethods: ["AUTHENTICATOR_APP", "PASSKEY"],
  promptToEnrollVerificationMethods: ["PASSKEY"],
  defaultVerificationMethod: "PASSKEY",
  conditions: {
    and: [
      { "==": [{ var: "ip.isAnonymous" }, false] },
      { ">": [{ var: "custom.amount" }, 1000] },
      { in: [{ var: "ip.location.country.countryCode" }, { var: "lists.far-countries" }] },
    ],
  },
};

const bundle = {
  rules: [rule],
  actionConfigurations: [
    {
      actionCode: "withdraw-funds",
      tenantId: "t",
      defaultUserActionResult: "ALLOW",
      lastActionCreatedAt: "2026-01-01T00:00:00Z",
      actionType: "CLASSIC",
      messagingTemplates: { en: { defaultTemplate: "Pay {{action.amount}}" } },
      verificationMethods: null,
      defaultVerificationMethod: null,
    },
    { actionCode: "sign-in", defaultUserActionResult: "CHALLENGE" },
  ],
  customDataPoints: [{ id: "x", name: "amount", dataType: "number", modelType: "action", isPublic: false }],
  valueLists: [
    {
      name: "Far countries",
      alias: "far-countries",
      itemType: "string",
      valueListItems: ["NZ", "AU"],
      isActive: false,
    },
  ],
};

const facts: Readonly<Record<string, FactValue>> = {
  "ip.isAnonymous": false,
  "custom.amount": 1001,
  "ip.location.country.countryCode": "NZ",
};

function paths(exported: unknown, options?: Parameters<typeof importAuthsignalRules>[1]): readonly string[] {
  return importAuthsignalRules(exported, options).mistakes.map(({ path }) => path);
}

describe("an export of the Management API", () => {
  test("becomes a policy that decides alike", () => {
    const { policy, mistakes } = importAuthsignalRules(bundle);
    expect(mistakes).toEqual([]);
    const compiled = compilePolicy(policy);
    expect(compiled.actionCodes).toEqual(["withdraw-funds", "sign-in"]);
    const action = compiled.action("withdraw-funds");
    expect(action?.messagingTemplates?.get("en")?.defaultTemplate).toBe("Pay {{action.amount}}");
    expect(action?.parseCustom({})).toEqual({});
    expect(action?.decide((name) => facts[name])).toEqual({
      outcome: "CHALLENGE",
      deciding: {
        ruleId: rule.ruleId,
        name: rule.name,
        description: rule.description,
        type: "CHALLENGE",
        priority: 2,
        conditions: expect.any(Object),
      },
      matched: [expect.objectContaining({ ruleId: rule.ruleId })],
      undecided: [],
      verificationMethods: rule.verificationMethods,
      defaultVerificationMethod: "PASSKEY",
      promptToEnrollVerificationMethods: ["PASSKEY"],
      firstFactor: "within",
    });
    expect(action?.decide(() => undefined).outcome).toBe("ALLOW");
  });

  test("is read as text, and the policy can be written as JSON", () => {
    const { policy } = importAuthsignalRules(JSON.stringify(bundle));
    expect(compilePolicy(JSON.stringify(policy)).version).toBe(compilePolicy(policy).version);
  });

  test("of rules alone needs to be told the default outcome, and the lists", () => {
    const conditions = { "==": [{ var: "device.isNew" }, true] };
    expect(paths({ ...rule, conditions }, { defaultOutcome: "REVIEW" })).toEqual([]);
    expect(paths([{ ...rule, conditions }])).toEqual(["actions.withdraw-funds.defaultOutcome"]);
    expect(paths([rule], { defaultOutcome: "ALLOW" })).toEqual([
      "actions.withdraw-funds.rules[0].conditions.and[2].in[1].var",
    ]);
  });

  test("without data points gets their types from the comparisons", () => {
    const conditions = {
      or: [
        { ">": [{ var: "custom.amount" }, 5] },
        { "==": [{ var: "custom.payee" }, "bob"] },
        { in: [{ var: "custom.size" }, [1, 2]] },
        { in: [{ var: "custom.country" }, { var: "lists.far-countries" }] },
        { "!": { var: "custom.express" } },
        { "==": [false, { var: "custom.trusted" }] },
      ],
    };
    const { policy, mistakes } = importAuthsignalRules({
      ...bundle,
      customDataPoints: [],
      rules: [{ ...rule, conditions }],
    });
    expect(mistakes).toEqual([]);
    expect(policy.dataPoints?.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "amount number",
      "payee text",
      "size number",
      "country text",
      "express boolean",
      "trusted boolean",
    ]);
  });
});

describe("Terraform", () => {
  const resources = [
    {
      address: "authsignal_rule.test",
      type: "authsignal_rule",
      values: {
        rule_id: rule.ruleId,
        tenant_id: "t",
        action_code: "withdraw-funds",
        name: rule.name,
        description: rule.description,
        is_active: true,
        priority: 2,
        type: "CHALLENGE",
        verification_methods: rule.verificationMethods,
        prompt_to_enroll_verification_methods: ["PASSKEY"],
        default_verification_method: "PASSKEY",
        conditions: JSON.stringify(rule.conditions),
      },
    },
    {
      type: "authsignal_action_configuration",
      values: {
        action_code: "withdraw-funds",
        default_user_action_result: "ALLOW",
        messaging_templates: JSON.stringify({ en: { defaultTemplate: "Pay {{action.amount}}" } }),
        verification_methods: null,
      },
    },
    { type: "authsignal_theme", values: { name: "dark" } },
  ];
  const child = [
    {
      type: "authsignal_action_configuration",
      values: { action_code: "sign-in", default_user_action_result: "CHALLENGE" },
    },
    {
      type: "authsignal_custom_data_point",
      values: { id: "x", name: "amount", data_type: "number", model_type: "action", is_public: false },
    },
    {
      type: "authsignal_value_list",
      values: {
        name: "Far Countries",
        is_active: true,
        value_list_items_strings: ["NZ", "AU"],
        value_list_items_numbers: null,
      },
    },
  ];
  const shown = {
    format_version: "1.0",
    values: { root_module: { resources, child_modules: [{ resources: child }] } },
  };

  test("imports as the Management API's export of the same tenant does", () => {
    const { policy, mistakes } = importAuthsignalRules(JSON.stringify(shown));
    expect(mistakes).toEqual([]);
    expect(compilePolicy(policy).version).toBe(compilePolicy(importAuthsignalRules(bundle).policy).version);
  });

  test("a rule alone, as in its state", () => {
    expect(
      paths(
        { ...resources[0]?.values, conditions: '{"==":[{"var":"device.isNew"},true]}' },
        { defaultOutcome: "ALLOW" },
      ),
    ).toEqual([]);
  });

  test("what Terraform has replaced, or reads of what it manages, is passed over", () => {
    const [first, second] = resources;
    const managed = importAuthsignalRules(shown).policy;
    const again = {
      format_version: "1.0",
      values: {
        root_module: {
          resources: [
            { ...second, mode: "data" },
            { ...first, mode: "data" },
            ...resources,
            { ...first, deposed_key: "3b2f" },
          ],
          child_modules: [{ resources: child }],
        },
      },
    };
    const { policy, mistakes, notes } = importAuthsignalRules(again);
    expect([mistakes, policy]).toEqual([[], managed]);
    const notesOf = (index: number) => notes.filter(({ path }) => path.endsWith(`root_module.resources[${index}]`));
    expect([0, 1, 5].flatMap(notesOf).map(({ message }) => message)).toEqual([
      "is passed over: it reads what the export has as a resource",
      "is passed over: it reads what the export has as a resource",
      "is passed over: Terraform has replaced it, and will destroy it",
    ]);
  });

  test("what Terraform only reads is imported where nothing else has it", () => {
    const read = resources.map((resource) => ({ ...resource, mode: "data" }));
    const { policy, mistakes } = importAuthsignalRules({
      ...shown,
      values: { root_module: { resources: read, child_modules: [{ resources: child }] } },
    });
    expect([mistakes, policy]).toEqual([[], importAuthsignalRules(shown).policy]);
  });

  test("lists and texts that say nothing are absent", () => {
    const [first, action, ...others] = resources;
    const values = { ...action?.values, prompt_to_enroll_verification_methods: [], messaging_templates: "null" };
    const given = [first, { ...action, values }, ...others];
    const root = { resources: given, child_modules: [{ resources: child }] };
    expect(paths({ values: { root_module: root } })).toEqual([]);
  });

  test.each<readonly [string, unknown, string]>([
    ["a configuration", { resource: { authsignal_rule: { big: { name: "Big" } } } }, "is no rule,"],
    ["a configuration in HCL", 'resource "authsignal_rule" "big" {\n  name = "Big"\n}\n', "is not an object"],
    ["an encrypted state", { serial: 1, encrypted_data: "AAAA", encryption_version: "v0" }, "is no rule,"],
    ["a state before anything is applied", { format_version: "1.0" }, "is no rule,"],
    ["an empty file", "", "is not an object"],
  ])("%s is refused by a sentence that says what to export", (_what, exported, problem) => {
    const [mistake, ...others] = importAuthsignalRules(exported).mistakes;
    expect(others).toEqual([]);
    expect(mistake?.path).toBe("exported");
    expect(mistake?.message.startsWith(problem)).toBe(true);
    expect(mistake?.message).toContain("`terraform show -json`");
  });

  test("a state without anything of Authsignal's is no policy", () => {
    const state = { version: 4, terraform_version: "1.9.0" };
    const bucket = { type: "aws_s3_bucket", instances: [{ attributes: {} }] };
    for (const others of [[], [bucket]]) expect(paths({ ...state, resources: others })).toEqual(["exported"]);
  });

  test("a flow is not silently left out", () => {
    const flow = [{ type: "authsignal_flow", values: {} }];
    expect(paths({ values: { root_module: { resources: flow } } })).toEqual([
      "exported.values.root_module.resources[0]",
    ]);
  });
});

describe("what cannot be carried over is told", () => {
  const isNew = { "==": [{ var: "device.isNew" }, true] };

  test.each<[string, object, string]>([
    ["an unknown operator", { conditions: { cat: ["a", "b"] } }, "actions.withdraw-funds.rules[0].conditions.cat"],
    [
      "a fact this engine has not",
      { conditions: { "==": [{ var: "ip.impossibleTravel" }, true] } },
      'actions.withdraw-funds.rules[0].conditions["=="][0].var',
    ],
    [
      "a comparison that would convert",
      { conditions: { ">": [{ var: "custom.amount" }, "1000"] } },
      'actions.withdraw-funds.rules[0].conditions[">"][1]',
    ],
    [
      "a default of a variable",
      { conditions: { "==": [{ var: ["device.isNew", false] }, false] } },
      'actions.withdraw-funds.rules[0].conditions["=="][0].var',
    ],
    ["conditions that are no JSON", { conditions: "ip.isAnonymous" }, "actions.withdraw-funds.rules[0].conditions"],
    [
      "conditions with a member twice",
      { conditions: '{"==":[{"var":"device.isNew"},true],"==":[{"var":"device.isNew"},false]}' },
      "exported.rules[0].conditions",
    ],
    [
      "a member that is not known",
      { conditions: isNew, flowNodeId: "n" },
      "actions.withdraw-funds.rules[0].flowNodeId",
    ],
    ["a priority left out", { conditions: isNew, priority: undefined }, "actions.withdraw-funds.rules[0].priority"],
    ["whether it is active left out", { conditions: isNew, isActive: undefined }, "exported.rules[0].isActive"],
    ["an action left out", { conditions: isNew, actionCode: undefined }, "exported.rules[0].actionCode"],
    ["two spellings of a member", { conditions: isNew, is_active: false }, "exported.rules[0].is_active"],
  ])("a rule with %s", (_what, changes, path) => {
    expect(paths({ ...bundle, rules: [{ ...rule, ...changes }] })).toContain(path);
  });

  test.each<[string, object, string]>([
    ["a flow", { actionType: "FLOW" }, "exported.actionConfigurations[0].actionType"],
    ["rules inside it", { rules: [] }, "exported.actionConfigurations[0].rules"],
    ["a webhook", { verificationWebhookUrl: "https://a.example" }, "actions.sign-in.verificationWebhookUrl"],
    ["no default outcome", { defaultUserActionResult: null }, "actions.sign-in.defaultOutcome"],
  ])("an action with %s", (_what, changes, path) => {
    const action = { actionCode: "sign-in", defaultUserActionResult: "CHALLENGE", ...changes };
    expect(paths({ actionConfigurations: [action] })).toContain(path);
  });

  test("a data point of a type that rules here do not compare, or of no type that can be told", () => {
    const multiselect = { name: "tags", dataType: "multiselect", modelType: "action" };
    expect(paths({ customDataPoints: [multiselect] })).toEqual(["dataPoints[0].type"]);
    const conditions = {
      and: [
        { "==": [{ var: "custom.a" }, { var: "custom.b" }] },
        { "==": [{ var: "custom.c" }, 1] },
        { "==": [{ var: "custom.c" }, "x"] },
      ],
    };
    const { mistakes } = importAuthsignalRules({ ...bundle, rules: [{ ...rule, conditions }] });
    for (const name of ["a", "b", "c"]) {
      expect(mistakes).toContainEqual({
        path: "exported",
        message: `does not tell the type of custom.${name}: export the custom data points too`,
      });
    }
  });

  test("something exported twice", () => {
    expect(
      paths({ ...bundle, actionConfigurations: [...bundle.actionConfigurations, ...bundle.actionConfigurations] }),
    ).toEqual(["exported.actionConfigurations[2].actionCode", "exported.actionConfigurations[3].actionCode"]);
    expect(paths({ ...bundle, valueLists: [...bundle.valueLists, ...bundle.valueLists] })).toEqual([
      "exported.valueLists[1].alias",
    ]);
    expect(paths({ ...bundle, rules: [rule, { ...rule, priority: 3 }] })).toEqual([
      "actions.withdraw-funds.rules[1].ruleId",
    ]);
  });

  test.each([[{}], [{ foo: 1 }], ["text"], [null], [[1]], [{ ...bundle, flow: {} }], [{ rules: ["x"] }]])(
    "%j, which is none of Authsignal's",
    (exported) => {
      expect(paths(exported).length).toBeGreaterThan(0);
    },
  );

  test.each<[unknown, boolean]>([
    [{ "==": [{ var: "device.isNew" }, true] }, false],
    [{ "==": [{ var: "device.isNew" }, false] }, false],
    [{ ">": [{ var: "custom.amount" }, 1000] }, false],
    [{ in: [{ var: "custom.payee" }, ["bob"]] }, false],
    [{ "!!": { var: "device.isNew" } }, false],
    [{ "<": [{ var: "custom.amount" }, 1000] }, true],
    [{ "<=": [0, { var: "custom.amount" }, 5] }, true],
    [{ "<": [0, { var: "custom.amount" }, 5] }, false],
    [{ ">=": [5, { var: "custom.amount" }] }, true],
    [{ "!=": [{ var: "custom.payee" }, "bob"] }, true],
    [{ "!": [{ in: [{ var: "custom.payee" }, ["bob"]] }] }, true],
    [{ "!": { var: "device.isRemembered" } }, true],
    [{ "!": { "!": { var: "device.isRemembered" } } }, false],
    [{ "!": { "!=": [{ var: "custom.payee" }, "bob"] } }, false],
    [{ or: [{ var: "device.isNew" }, { "!": { var: "device.isRemembered" } }] }, true],
  ])("%j is told of when a missing value would match it in JsonLogic", (conditions, differs) => {
    const { mistakes, differences } = importAuthsignalRules({ ...bundle, rules: [{ ...rule, conditions }] });
    expect(mistakes).toEqual([]);
    expect(differences.map(({ path }) => path)).toEqual(differs ? ["exported.rules[0].conditions"] : []);
  });

  test("a rule with a mistake stays in the policy, which is then refused", () => {
    const { policy, mistakes } = importAuthsignalRules({ ...bundle, rules: [{ ...rule, conditions: { cat: ["a"] } }] });
    expect(mistakes).toHaveLength(1);
    expect(policy.actions["withdraw-funds"]?.rules).toHaveLength(1);
    expect(() => compilePolicy(policy)).toThrow(PolicyError);
  });
});

describe("what an export holds besides", () => {
  const stamped = {
    ...rule,
    createdAt: "2026-01-01T00:00:00Z",
    updated_by: "ann",
    version: 7,
    tags: ["eu"],
    metadata: { owner: "risk" },
    _links: { self: "https://api.example/rules/1" },
  };

  test("and decides nothing is passed over, with a note for each", () => {
    const imported = importAuthsignalRules({
      ...bundle,
      rules: [stamped],
      exportedAt: "2026-01-01T00:00:00Z",
      themes: [{ primaryColor: "#fff" }],
    });
    expect(imported.mistakes).toEqual([]);
    expect(imported.policy.actions["withdraw-funds"]?.rules?.[0]).not.toHaveProperty("version");
    expect(imported.notes.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        "exported.exportedAt",
        "exported.themes",
        "exported.rules[0].createdAt",
        "exported.rules[0].updated_by",
        "exported.rules[0].version",
        "exported.rules[0].tags",
        "exported.rules[0].metadata",
        "exported.rules[0]._links",
      ]),
    );
  });

  test.each([
    ["a member of a rule that may decide", { ...bundle, rules: [{ ...rule, expiresAt: "2026-01-01" }] }],
    ["one that says that the rule is deleted", { ...bundle, rules: [{ ...rule, deletedAt: "2026-01-01" }] }],
    ["rules of another kind", { ...bundle, flowRules: [] }],
    ["flows", { ...bundle, flows: [{ id: "f" }] }],
    ["lists of another kind", { ...bundle, ipAllowLists: [] }],
  ])("and may decide is refused: %s", (_name, exported) => {
    expect(importAuthsignalRules(exported).mistakes).not.toEqual([]);
  });

  test.each([
    ["a plan", (resources: object[]) => ({ format_version: "1.2", planned_values: { root_module: { resources } } })],
    [
      "a plan beside the state from before",
      (resources: object[]) => ({
        planned_values: { root_module: { resources } },
        prior_state: { values: { root_module: { resources: [] } } },
      }),
    ],
    [
      "the file of a state",
      (resources: { type: string; values: object }[]) => ({
        version: 4,
        terraform_version: "1.9.0",
        resources: resources.map(({ type, values }) => ({
          mode: "managed",
          type,
          instances: [{ attributes: values }],
        })),
      }),
    ],
  ])("of Terraform may be %s", (_name, exportOf) => {
    const imported = importAuthsignalRules(
      exportOf([
        {
          type: "authsignal_rule",
          values: { ...rule, conditions: JSON.stringify({ "==": [{ var: "user.id" }, "x"] }) },
        },
        {
          type: "authsignal_action_configuration",
          values: { action_code: "withdraw-funds", default_user_action_result: "ALLOW" },
        },
        { type: "authsignal_theme", values: { name: "Dark" } },
      ]),
    );
    expect(imported.mistakes).toEqual([]);
    expect(imported.policy.actions["withdraw-funds"]?.rules).toHaveLength(1);
    expect(imported.notes.map(({ message }) => message)).toContainEqual(expect.stringContaining("is no rule"));
  });
});
