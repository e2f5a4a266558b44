import type { CustomValue, Outcome } from "@require-action/core/provider";
import type { FactValue } from "@require-action/engine/policy";
import * as v from "valibot";
import { parse } from "yaml";
import { CliError, printable } from "../lib/terminal.ts";
import { createSourceText, readText, writePlace } from "./source-text.ts";

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
    /** Facts that are not in the request, by variable; null for an unknown one. */
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
  } catch {
    throw new CliError(
      `--cases ${file} has mistakes:\n  ${createSourceText(file, source).syntaxMistake ?? "cannot be read"}`,
    );
  }
  const read = v.safeParse(casesSchema, plain);
  if (read.success) return read.output.cases;
  const positions = createSourceText(file, source);
  const lines = read.issues.map((issue) => {
    const unknown = issue.type === "strict_object" && issue.expected === "never";
    const place = positions.locate(issue.path?.map(({ key }) => key as string | number) ?? []);
    const where = `${place === undefined ? "" : `${writePlace(place)}  `}${v.getDotPath(issue) ?? "the file"}`;
    return `  ${printable(`${where}: ${unknown ? "is not known here" : issue.message}`)}`;
  });
  throw new CliError(`--cases ${file} has mistakes:\n${lines.join("\n")}`);
}
