import { toJsonSchema } from "@valibot/to-json-schema";
import { policySchema } from "../../src/policy/policy-schema.ts";
import { BUILT_IN_NAMES } from "../../src/policy/model/variables.ts";

type JsonSchema = Record<string, unknown>;

const DECLARED_NAME = "[a-zA-Z0-9_-]{1,64}$";
const condition = { $ref: "#/definitions/condition" };
const variable = { $ref: "#/definitions/variable" };
const operand = { $ref: "#/definitions/operand" };
const texts = { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }, variable] };
const conditions = { type: "array", minItems: 1, items: condition };
const one = { anyOf: [condition, { type: "array", items: condition, minItems: 1, maxItems: 1 }] };
const pair = { type: "array", items: operand, minItems: 2, maxItems: 2 };
const pairOrBetween = { ...pair, maxItems: 3 };

/** Every operator with the shape of its operands. */
export const operatorSchemas: Readonly<Record<string, JsonSchema>> = {
  and: { ...conditions, description: "True when all conditions are." },
  or: { ...conditions, description: "True when one condition is." },
  "!": { ...one, description: "True when the condition is false; what is unknown stays unknown." },
  "!!": { ...one, description: "The condition itself." },
  var: { ...variableName(), description: "A boolean variable." },
  "==": { ...pair, description: "Equal, of one type." },
  "===": { ...pair, description: "Equal, of one type." },
  "!=": { ...pair, description: "Not equal, of one type." },
  "!==": { ...pair, description: "Not equal, of one type." },
  "<": { ...pairOrBetween, description: "Less; with three operands, between." },
  "<=": { ...pairOrBetween, description: "Less or equal; with three operands, between." },
  ">": { ...pair, description: "Greater." },
  ">=": { ...pair, description: "Greater or equal." },
  in: tuple([variable, { anyOf: [{ type: "array", items: { type: ["string", "number"] } }, variable] }], "In a list."),
  inCidr: tuple([variable, texts], "ip.address is in one of the address ranges."),
  startsWith: tuple([variable, texts], "The text starts with one of these, exactly."),
  endsWith: tuple([variable, texts], "The text ends with one of these, exactly."),
};

const descriptions: readonly (readonly [path: string, description: string])[] = [
  ["unknownActions", "What becomes of an action that the policy does not name; refuse unless said otherwise."],
  ["dataPoints", "The data points that rules may name as custom.<name>."],
  ["dataPoints.[].type", 'decimal is a decimal string such as "10.50", compared exactly: the type for money.'],
  ["dataPoints.[].model", "Whether it comes with each action (the default) or is kept with the user."],
  ["dataPoints.[].optional", "True when it may be absent, and then unknown."],
  ["lists", "Value lists by alias, which rules name as lists.<alias>."],
  ["counters", "Velocity counters, which rules name as velocity.<name>."],
  ["counters.[].window", "A number and s, m, h or d, at most 90 days: 24h."],
  ["counters.[].actions", "Codes of the actions that add to it."],
  ["counters.[].field", "The number or decimal data point that a sum adds."],
  ["actions", "Actions by code."],
  ["actions.*.defaultOutcome", "The outcome when no rule matches."],
  ["actions.*.verificationMethods", "The methods that a challenge accepts; all when absent."],
  ["actions.*.rules.[].priority", "Of the rules that match, the one with the smallest number decides."],
  ["actions.*.rules.[].type", "The outcome when this rule decides."],
  ["actions.*.rules.[].isActive", "An inactive rule is read, and never evaluated."],
  [
    "actions.*.rules.[].verificationMethods",
    "The methods that a challenge by this rule accepts, in place of the action's.",
  ],
];

/** The JSON Schema of a policy, made from the schemas that the parser itself uses. */
export function policyJsonSchema(): JsonSchema {
  const schema = toJsonSchema(policySchema, {
    target: "draft-07",
    overrideSchema: ({ valibotSchema, jsonSchema }) => (valibotSchema.type === "custom" ? condition : jsonSchema),
  }) as JsonSchema;
  for (const [path, description] of descriptions) describe(schema, path, description);
  const single = { type: "object", minProperties: 1, maxProperties: 1, additionalProperties: false };
  return {
    ...schema,
    title: "require-action policy",
    definitions: {
      condition: { anyOf: [{ type: "boolean" }, { ...single, properties: operatorSchemas }] },
      variable: { ...single, properties: { var: variableName() }, required: ["var"] },
      operand: { anyOf: [{ type: ["string", "number", "boolean"] }, variable] },
    },
  };
}

function variableName(): JsonSchema {
  const name = {
    anyOf: [
      { type: "string", enum: BUILT_IN_NAMES },
      { type: "string", pattern: `^(custom|velocity|lists)\\.${DECLARED_NAME}` },
    ],
  };
  return { anyOf: [...name.anyOf, { type: "array", items: name, minItems: 1, maxItems: 1 }] };
}

function tuple(items: readonly JsonSchema[], description: string): JsonSchema {
  return { type: "array", items, minItems: items.length, maxItems: items.length, description };
}

function describe(schema: JsonSchema, path: string, description: string): void {
  const target = path.split(".").reduce((node, step) => {
    const next = step === "[]" ? node["items"] : step === "*" ? node["additionalProperties"] : member(node, step);
    if (typeof next !== "object" || next === null) throw new Error(`the schema has no ${path}`);
    return next as JsonSchema;
  }, schema);
  target["description"] = description;
}

function member(node: JsonSchema, name: string): unknown {
  return (node["properties"] as JsonSchema | undefined)?.[name];
}
