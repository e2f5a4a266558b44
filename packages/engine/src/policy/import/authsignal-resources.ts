import type { ExportedResource } from "./authsignal-export.ts";
import type { Mistakes } from "../reading/mistakes.ts";
import type { Plain } from "../reading/plain.ts";

/** Members of a policy's part, as they will be written. */
export type Members = Map<string, Plain>;

// Members that say nothing about decisions are dropped, those that do are renamed, and all others are kept as they are:
// the policy's own schema then reports what it does not know.

/** Makes a rule. `undefined`, after reporting it, when its action is not known. */
export function importRule(
  { path, members }: ExportedResource,
  mistakes: Mistakes,
): { readonly code: string; readonly rule: Members } | undefined {
  const rule = new Map(members);
  const code = rule.get("actionCode");
  rule.delete("actionCode");
  rule.delete("tenantId");
  if (!rule.has("ruleId")) rule.set("ruleId", slug(rule.get("name")) ?? "");
  // Here a rule is active unless it says otherwise; Authsignal's Go client leaves out what is false.
  if (!rule.has("isActive"))
    mistakes.add([...path, "isActive"], "is missing: whether the rule is active cannot be told");
  if (typeof code === "string") return { code, rule };
  mistakes.add([...path, "actionCode"], "is missing: the rule's action cannot be told");
  return undefined;
}

export function importAction({ path, members }: ExportedResource, mistakes: Mistakes): Members {
  const action = new Map(members);
  for (const name of ["actionCode", "tenantId", "lastActionCreatedAt", "actionType", "rules"]) action.delete(name);
  rename(action, "defaultUserActionResult", "defaultOutcome");
  const type = members.get("actionType");
  if (type !== undefined && type !== "CLASSIC" && type !== "LEGACY") {
    mistakes.add([...path, "actionType"], `is ${JSON.stringify(type)}: only classic actions can be imported`);
  }
  if (members.has("rules"))
    mistakes.add([...path, "rules"], "is not where classic rules are: export them by themselves");
  return action;
}

export function importDataPoint({ members }: ExportedResource): Members {
  const dataPoint = new Map(members);
  dataPoint.delete("id");
  if (dataPoint.get("isPublic") === false) dataPoint.delete("isPublic");
  rename(dataPoint, "dataType", "type");
  rename(dataPoint, "modelType", "model");
  // Authsignal does not demand any.
  return dataPoint.set("optional", true);
}

/** The items of a value list, and the alias by which rules name it. Whether a list is active has no effect. */
export function importList({ members }: ExportedResource): {
  readonly alias: Plain | undefined;
  readonly items: Plain;
} {
  const items = ["valueListItems", "valueListItemsStrings", "valueListItemsNumbers"].map((name) => members.get(name));
  return { alias: members.get("alias") ?? slug(members.get("name")), items: items.find(Array.isArray) ?? [] };
}

function rename(members: Members, from: string, to: string): void {
  const value = members.get(from);
  members.delete(from);
  if (value !== undefined) members.set(to, value);
}

/** Lower case, with hyphens for what is not a letter or digit, as Authsignal makes aliases of names. */
function slug(name: Plain | undefined): string | undefined {
  if (typeof name !== "string") return undefined;
  const text = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 64);
  return text === "" ? undefined : text;
}
