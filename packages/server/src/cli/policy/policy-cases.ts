import type { CustomValue, Outcome } from "@require-action/core";
import type { FactValue } from "@require-action/engine";
import * as v from "valibot";
import { parse } from "yaml";
import { CliError } from "../cli-error.ts";
import { readText } from "../read-text.ts";

/** One request, what is known about it, and what a policy should make of it. */
export interface PolicyCase {
  readonly name: string;
  readonly action: string;
  readonly given: {
    readonly userId: string;
    readonly attributes: {
      readonly ipAddress?: string;
      readonly deviceId?: string;
      readonly email?: string;
      readonly phoneNumber?: string;
      readonly custom?: Readonly<Record<string, CustomValue>>;
    };
    /** What the request does not tell by itself, by variable; null for what is not known. */
    readonly facts: Readonly<Record<string, FactValue | null>>;
  };
  readonly expect: {
    readonly outcome: Outcome | "REFUSED";
    /** The rules that match, the deciding one first. */
    readonly rules?: readonly string[];
    readonly verificationMethods?: readonly string[];
  };
}

const value = v.union([v.string(), v.number(), v.boolean()], "must be a text, a number, true or false");
const text = v.pipe(v.string(), v.minLength(1, "is empty"));

const caseSchema = v.strictObject({
  name: text,
  action: text,
  given: v.optional(
    v.strictObject({
      userId: v.optional(text, "user"),
      attributes: v.optional(
        v.strictObject({
          ipAddress: v.exactOptional(text),
          deviceId: v.exactOptional(text),
          email: v.exactOptional(text),
          phoneNumber: v.exactOptional(text),
          custom: v.exactOptional(v.record(v.string(), value)),
        }),
        {},
      ),
      facts: v.optional(v.record(v.string(), v.nullable(value)), {}),
    }),
    {},
  ),
  expect: v.strictObject({
    outcome: v.picklist(
      ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK", "REFUSED"],
      "must be ALLOW, CHALLENGE, REVIEW, BLOCK or REFUSED",
    ),
    rules: v.exactOptional(v.array(text)),
    verificationMethods: v.exactOptional(v.array(text)),
  }),
});

const casesSchema = v.strictObject({
  cases: v.pipe(v.array(caseSchema), v.minLength(1, "is empty: there is nothing to try")),
});

/** Reads cases, JSON or YAML. @throws CliError with every mistake */
export function readPolicyCases(file: string): readonly PolicyCase[] {
  const source = readText(file, "--cases");
  let plain: unknown;
  try {
    plain = parse(source, { maxAliasCount: 100 });
  } catch (error) {
    const [problem = ""] = (error as Error).message.split("\n", 1);
    throw new CliError(`--cases ${file}: It is neither JSON nor YAML. ${problem}`);
  }
  const read = v.safeParse(casesSchema, plain);
  if (read.success) return read.output.cases;
  const lines = read.issues.map((issue) => {
    const unknown = issue.type === "strict_object" && issue.expected === "never";
    return `  ${v.getDotPath(issue) ?? "the file"}: ${unknown ? "is not known here" : issue.message}`;
  });
  throw new CliError(`--cases ${file} has mistakes:\n${lines.join("\n")}`);
}
