import { createHash } from "node:crypto";
import { compileAction } from "./compile-action.ts";
import { planCounters } from "./counter-plans.ts";
import { reportLimits } from "./data-point-limits.ts";
import { createCustomReader } from "./custom-reader.ts";
import { reportFormat, reportLabels } from "./formats.ts";
import { createMistakes, type Mistakes, PolicyError } from "./reading/mistakes.ts";
import { isPlainObject, type Plain } from "./reading/plain.ts";
import type { DataPoint } from "./model/policy.ts";
import { type Part, readPolicy } from "./read-policy.ts";
import { readSource } from "./reading/read-source.ts";
import type { CompiledAction, CompiledPolicy } from "./model/types.ts";
import { createScope } from "./model/variables.ts";

/**
 * Reads a policy, from an object or from JSON or YAML text, and makes it ready to decide.
 *
 * @throws PolicyError with everything that is wrong with it, each with its path.
 */
export function compilePolicy(source: unknown): CompiledPolicy {
  const mistakes = createMistakes();
  const policy = compile(source, mistakes);
  if (policy === undefined || mistakes.list.length > 0) throw new PolicyError(mistakes.list);
  return policy;
}

function compile(source: unknown, mistakes: Mistakes): CompiledPolicy | undefined {
  const plain = readSource(source, mistakes);
  if (plain === undefined) return undefined;
  const parts = readPolicy(plain, mistakes);
  reportDuplicateNames(parts.dataPoints, mistakes);
  reportDuplicateNames(parts.counters, mistakes);
  const dataPoints = parts.dataPoints.map(({ value }) => value);
  const byName = new Map(dataPoints.map((dataPoint) => [dataPoint.name, dataPoint]));
  for (const { value, path } of parts.dataPoints) {
    reportLimits(value, path, mistakes);
    reportFormat(value, byName, path, mistakes);
    reportLabels(value, path, mistakes);
  }
  const scope = createScope(
    dataPoints,
    parts.lists,
    parts.counters.map(({ value }) => value),
  );
  const counters = planCounters(parts.counters, new Set(parts.actions.map(({ code }) => code)), byName, mistakes);

  const actions = new Map<string, CompiledAction>();
  const frame = { parsing: { scope, mistakes, sets: new Map() }, dataPoints, counters };
  for (const part of parts.actions) {
    const action = compileAction(part, frame);
    if (action !== undefined) actions.set(part.code, action);
  }
  const ofUser = dataPoints.filter(({ model }) => model === "user");
  const shown = {
    action: shownNames(dataPoints.filter(({ model }) => model !== "user")),
    user: shownNames(ofUser),
  };
  return {
    version: policyVersion(plain),
    unknownActions: parts.unknownActions ?? "refuse",
    actionCodes: [...actions.keys()],
    userDataPoints: new Set(ofUser.map(({ name }) => name)),
    dataPoints: byName,
    shownDataPoints: (model) => shown[model],
    action: (code) => actions.get(code),
    parseUserCustom: createCustomReader(
      ofUser.map((dataPoint) => ({ dataPoint, required: false, summedBy: undefined })),
    ),
  };
}

/** An amount is shown in its currency, whatever that one says for itself: a number alone could be money of any. */
function shownNames(dataPoints: readonly DataPoint[]): ReadonlySet<string> {
  const shown = dataPoints.filter(({ show }) => show === true);
  return new Set(shown.flatMap(({ name, currency }) => (currency === undefined ? [name] : [name, currency])));
}

function reportDuplicateNames(parts: readonly Part<{ readonly name: string }>[], mistakes: Mistakes): void {
  const seen = new Set<string>();
  for (const { value, path } of parts) {
    if (seen.has(value.name)) mistakes.add([...path, "name"], `is declared twice: ${value.name}`);
    seen.add(value.name);
  }
}

/** Names a policy by its content: SHA-256 over its JSON with sorted keys, base64url. */
function policyVersion(source: Plain): string {
  return createHash("sha256").update(JSON.stringify(source, sortedKeys)).digest("base64url");
}

function sortedKeys(_key: string, value: Plain): unknown {
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
