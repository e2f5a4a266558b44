import type { Outcome } from "@require-action/core/provider";
import { type AuthsignalExport, type ExportedResource, readAuthsignalExport } from "./authsignal-export.ts";
import { importAction, importDataPoint, importList, importRule, type Members } from "./authsignal-resources.ts";
import { compilePolicy } from "../compile-policy.ts";
import { inferTypes } from "./infer-type.ts";
import { createMistakes, type Mistakes, type Path, PolicyError, type PolicyMistake } from "../reading/mistakes.ts";
import { matchesOnMissing } from "./missing-values.ts";
import type { Plain } from "../reading/plain.ts";
import type { Policy } from "../model/policy.ts";
import type { CompiledPolicy } from "../model/types.ts";
import { policyWarnings, unknowableRules } from "../unknown-facts.ts";

/** What became of an export. */
export interface AuthsignalImport {
  /**
   * The policy. What could not be carried over faithfully is left in it as it was exported wherever that is possible, so
   * that `compilePolicy` refuses it until it is mended.
   */
  readonly policy: Policy;
  /** Everything that could not: paths from `exported` are in the export, others in the policy. None: it compiles. */
  readonly mistakes: readonly PolicyMistake[];
  /**
   * Rules to look at: JsonLogic reads a missing value as null, so that in Authsignal they may match because something is
   * missing. Here they do not match then.
   */
  readonly differences: readonly PolicyMistake[];
  /**
   * Rules of a policy that compiles, over facts that only a lookup of addresses gives, or that become more lenient when a
   * fact is unknown.
   */
  readonly warnings: readonly PolicyMistake[];
  /** What of the export decides nothing, and was passed over. */
  readonly notes: readonly PolicyMistake[];
}

/** Options of {@link importAuthsignalRules}. */
export interface AuthsignalImportOptions {
  /** The default outcome of actions whose configuration is not in the export; without it, that is a mistake. */
  readonly defaultOutcome?: Outcome;
}

/**
 * Makes a policy of classic rules as Authsignal exports them, as text or parsed: from the Management API, alone or in an
 * object with `rules`, `actionConfigurations`, `customDataPoints` and `valueLists`, or from `terraform show -json`.
 *
 * Data points become optional, as Authsignal does not demand them; those that are not in the export get the type that the
 * rules' comparisons imply.
 *
 * @see https://registry.terraform.io/providers/authsignal/authsignal/latest/docs/resources/rule
 */
export function importAuthsignalRules(
  exported: unknown,
  { defaultOutcome }: AuthsignalImportOptions = {},
): AuthsignalImport {
  const mistakes = createMistakes();
  const notes = createMistakes();
  const found = readAuthsignalExport(exported, mistakes, notes);
  const actions = importActions(found, defaultOutcome, mistakes);
  const lists = importLists(found.lists, mistakes);
  const dataPoints = [...found.dataPoints.map(importDataPoint), ...inferDataPoints(found, lists, mistakes)];
  const policy = {
    actions: Object.fromEntries(
      Array.from(actions, ([code, { configuration, rules }]) => [
        code,
        { ...Object.fromEntries(configuration), rules: rules.map((rule): unknown => Object.fromEntries(rule)) },
      ]),
    ),
    dataPoints: dataPoints.map((dataPoint): unknown => Object.fromEntries(dataPoint)),
    lists: Object.fromEntries(lists),
  };
  const { compiled, mistakes: inPolicy } = compiledOrNot(policy);
  // Not yet known to be one; until its mistakes are mended, compilePolicy refuses it.
  return {
    policy: policy as unknown as Policy,
    mistakes: [...mistakes.list, ...inPolicy],
    differences: differencesOf(found.rules),
    notes: notes.list,
    warnings: compiled === undefined ? [] : [...unknowableRules(compiled, undefined), ...policyWarnings(compiled)],
  };
}

interface ImportedAction {
  readonly configuration: Members;
  readonly rules: Members[];
}

function importActions(
  { actions, rules }: AuthsignalExport,
  defaultOutcome: Outcome | undefined,
  mistakes: Mistakes,
): ReadonlyMap<string, ImportedAction> {
  const imported = new Map<string, ImportedAction>();
  for (const resource of actions) {
    const path = [...resource.path, "actionCode"];
    const code = newName(resource.members.get("actionCode"), path, imported, mistakes);
    if (code !== undefined) imported.set(code, { configuration: importAction(resource, mistakes), rules: [] });
  }
  for (const resource of rules) {
    const placed = importRule(resource, mistakes);
    if (placed === undefined) continue;
    const { code, rule } = placed;
    const action = imported.get(code) ?? { configuration: new Map<string, Plain>(), rules: [] };
    imported.set(code, action);
    action.rules.push(rule);
    if (action.configuration.size > 0) continue;
    if (defaultOutcome !== undefined) action.configuration.set("defaultOutcome", defaultOutcome);
  }
  return imported;
}

function importLists(resources: readonly ExportedResource[], mistakes: Mistakes): ReadonlyMap<string, Plain> {
  const lists = new Map<string, Plain>();
  for (const resource of resources) {
    const { alias, items } = importList(resource);
    const name = newName(alias, [...resource.path, "alias"], lists, mistakes);
    if (name !== undefined) lists.set(name, items);
  }
  return lists;
}

/** A name as it is; `undefined`, after reporting it, when it is none or is taken. */
function newName(
  name: Plain | undefined,
  path: Path,
  taken: ReadonlyMap<string, unknown>,
  mistakes: Mistakes,
): string | undefined {
  if (typeof name === "string" && !taken.has(name)) return name;
  mistakes.add(path, typeof name === "string" ? `is exported twice: ${name}` : "is missing");
  return undefined;
}

function inferDataPoints(
  { rules, dataPoints }: AuthsignalExport,
  lists: ReadonlyMap<string, Plain>,
  mistakes: Mistakes,
): Members[] {
  const declared = new Set(dataPoints.map(({ members }) => members.get("name")));
  const conditions = rules.map(({ members }) => members.get("conditions") ?? null);
  const inferred: Members[] = [];
  for (const [name, types] of inferTypes(conditions, (alias) => lists.get(alias))) {
    if (declared.has(name)) continue;
    const [type, other] = types;
    if (type !== undefined && other === undefined) {
      inferred.push(
        new Map<string, Plain>([
          ["name", name],
          ["type", type],
          ["optional", true],
        ]),
      );
    } else {
      mistakes.add(["exported"], `does not tell the type of custom.${name}: export the custom data points too`);
    }
  }
  return inferred;
}

function differencesOf(rules: readonly ExportedResource[]): readonly PolicyMistake[] {
  const differences = createMistakes();
  for (const { path, members } of rules) {
    if (!matchesOnMissing(members.get("conditions") ?? null)) continue;
    differences.add([...path, "conditions"], "may match in Authsignal because a value is missing, and does not here");
  }
  return differences.list;
}

function compiledOrNot(policy: unknown): {
  readonly compiled: CompiledPolicy | undefined;
  readonly mistakes: readonly PolicyMistake[];
} {
  try {
    return { compiled: compilePolicy(policy), mistakes: [] };
  } catch (error) {
    if (error instanceof PolicyError) return { compiled: undefined, mistakes: error.mistakes };
    throw error;
  }
}
