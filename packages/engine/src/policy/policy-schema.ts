import { ownStrictObject, verificationMethodNames } from "@require-action/core/options";
import type { Outcome } from "@require-action/core/provider";
import * as v from "valibot";
import { formatNames } from "./formats.ts";
import type { Plain } from "./reading/plain.ts";
import type { Counter, DataPoint, Policy, PolicyAction, Rule } from "./model/policy.ts";

// The schemas of a policy's parts. Conditions have a parser of their own, which knows the variables.

/** A rule whose conditions are still to be read. */
export type ReadRule = Omit<Rule, "conditions"> & { readonly conditions: Plain };
/** An action whose rules are so. */
export type ReadAction = Omit<PolicyAction, "rules"> & { readonly rules?: readonly ReadRule[] };
type ReadPolicy = Omit<Policy, "actions"> & { readonly actions: Readonly<Record<string, ReadAction>> };

const outcome: v.GenericSchema<Outcome> = v.picklist(["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"]);
// Names that mean something to JavaScript would work, and are refused all the same: nobody needs them.
export const nameSchema: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.regex(
    /^(?!(?:__proto__|constructor|prototype)$)[a-zA-Z0-9_-]{1,64}$/,
    "is not a name: 1 to 64 of a-z A-Z 0-9 _ -, and not __proto__, constructor or prototype",
  ),
);
const label = v.pipe(v.string(), v.minLength(1, "is empty"), v.maxLength(256, "is longer than 256 characters"));
const labels = v.pipe(v.record(nameSchema, label), v.minEntries(1, "is empty: leave it out, or name a locale"));
const description = v.exactOptional(v.pipe(v.string(), v.maxLength(4096, "is longer than 4096 characters")));
const method = v.picklist(verificationMethodNames);
const methods = v.exactOptional(v.pipe(v.array(method), v.minLength(1, "is empty: leave it out to accept all")));

const methodEntries = {
  verificationMethods: methods,
  defaultVerificationMethod: v.exactOptional(method),
  promptToEnrollVerificationMethods: methods,
};

const rememberDevice = v.exactOptional(
  ownStrictObject({
    days: v.pipe(
      v.number(),
      v.integer("is not an integer"),
      v.minValue(1, "is below 1"),
      v.maxValue(90, "is above 90"),
    ),
  }),
);

const review = v.exactOptional(
  ownStrictObject({
    approvers: v.exactOptional(
      v.pipe(v.number(), v.integer("is not an integer"), v.minValue(1, "is below 1"), v.maxValue(10, "is above 10")),
    ),
    of: v.exactOptional(v.pipe(v.array(nameSchema), v.minLength(1, "is empty: leave it out to let anybody approve"))),
    timeout: v.exactOptional(
      v.pipe(v.string(), v.regex(/^[1-9]\d{0,4}[mhd]$/, "is not a number and m, h or d, such as 24h")),
    ),
  }),
);

export const ruleSchema: v.GenericSchema<ReadRule> = ownStrictObject({
  ruleId: nameSchema,
  name: label,
  description,
  isActive: v.exactOptional(v.boolean()),
  priority: v.pipe(v.number(), v.safeInteger("is not an integer"), v.minValue(0, "is below 0")),
  type: outcome,
  // Nobody is to get through by a fact that is not known.
  whenUnknown: v.exactOptional(v.picklist(["CHALLENGE", "REVIEW", "BLOCK"])),
  conditions: v.custom<Plain>(() => true),
  ...methodEntries,
  rememberDevice,
});

export const actionSchema: v.GenericSchema<ReadAction> = ownStrictObject({
  defaultOutcome: outcome,
  ...methodEntries,
  rememberDevice,
  firstFactor: v.exactOptional(v.picklist(["within", "before"])),
  review,
  messagingTemplates: v.exactOptional(
    v.record(nameSchema, ownStrictObject({ defaultTemplate: v.pipe(v.string(), v.maxLength(4096)) })),
  ),
  rules: v.exactOptional(v.array(ruleSchema)),
});

export const dataPointSchema: v.GenericSchema<DataPoint> = ownStrictObject({
  name: nameSchema,
  type: v.picklist(["text", "number", "boolean", "decimal"]),
  model: v.exactOptional(v.picklist(["action", "user"])),
  optional: v.exactOptional(v.boolean()),
  show: v.exactOptional(v.boolean()),
  min: v.exactOptional(v.union([v.number(), v.string()])),
  max: v.exactOptional(v.union([v.number(), v.string()])),
  maxLength: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  oneOf: v.exactOptional(v.pipe(v.array(v.union([v.string(), v.number()])), v.minLength(1))),
  format: v.exactOptional(v.picklist(formatNames)),
  currency: v.exactOptional(nameSchema),
  label: v.exactOptional(
    v.union([label, labels], "is neither a text nor texts by locale, of 1 to 256 characters each"),
  ),
  order: v.exactOptional(v.pipe(v.number(), v.safeInteger("is not an integer"))),
  description,
});

export const listSchema: v.GenericSchema<readonly string[] | readonly number[]> = v.union(
  [v.array(v.string()), v.array(v.number())],
  "is not an array of texts only, or of numbers only",
);

export const counterSchema: v.GenericSchema<Counter> = ownStrictObject({
  name: nameSchema,
  kind: v.picklist(["count", "sum"]),
  by: v.picklist(["user", "device", "ip"]),
  window: v.pipe(v.string(), v.regex(/^[1-9]\d{0,6}[smhd]$/, "is not a number and s, m, h or d, such as 24h")),
  actions: v.pipe(v.array(v.string()), v.minLength(1, "is empty: no action would add to it")),
  field: v.exactOptional(v.string()),
});

/** The whole, for the JSON Schema; policies are read part by part, so that one mistake does not hide another. */
export const policySchema: v.GenericSchema<ReadPolicy> = ownStrictObject({
  $schema: v.exactOptional(v.string()),
  actions: v.record(nameSchema, actionSchema),
  dataPoints: v.exactOptional(v.array(dataPointSchema)),
  lists: v.exactOptional(v.record(nameSchema, listSchema)),
  counters: v.exactOptional(v.array(counterSchema)),
  unknownActions: v.exactOptional(v.picklist(["refuse", "ALLOW", "CHALLENGE", "REVIEW", "BLOCK"])),
});
