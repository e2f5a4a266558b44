import type { Mistakes, Path } from "../reading/mistakes.ts";
import { isPlainObject, type Plain, plainCopy, type PlainObject } from "../reading/plain.ts";
import { parseJson, parseText } from "../reading/read-source.ts";

/** One thing of an Authsignal tenant: members in camelCase, whichever way it was exported, and none of them null. */
export interface ExportedResource {
  readonly path: Path;
  readonly members: ReadonlyMap<string, Plain>;
}

/** What of an export concerns decisions. */
export interface AuthsignalExport {
  readonly rules: readonly ExportedResource[];
  readonly actions: readonly ExportedResource[];
  readonly dataPoints: readonly ExportedResource[];
  readonly lists: readonly ExportedResource[];
}

type Kind = keyof AuthsignalExport;

/** What Terraform says of a resource, besides its values. */
interface TerraformResource {
  readonly type: Plain | undefined;
  /** `data` where it is only read. */
  readonly mode: Plain | undefined;
  readonly deposed: Plain | undefined;
}

/** The names under which several of a kind may be exported together. */
const KIND_OF_MEMBER: ReadonlyMap<string, Kind> = new Map([
  ["rules", "rules"],
  ["actionConfigurations", "actions"],
  ["customDataPoints", "dataPoints"],
  ["valueLists", "lists"],
]);

const KIND_OF_TERRAFORM_TYPE: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([
  ["authsignal_rule", "rules"],
  ["authsignal_action_configuration", "actions"],
  ["authsignal_custom_data_point", "dataPoints"],
  ["authsignal_value_list", "lists"],
]);

/** Terraform has these as texts that `jsonencode` made. */
const ENCODED_MEMBERS: ReadonlySet<string> = new Set(["conditions", "messagingTemplates"]);

/**
 * Members that say where something came from, and how it looks to operators. Any other that is not known may decide, and is kept, so
 * that the policy's schema refuses it.
 */
const IDLE_MEMBERS =
  /^(?:(?:created|updated|modified|lastUpdated|lastModified|lastActionCreated)(?:At|By|On)|(?:tenant|environment|organization|workspace)(?:Id|Name)?|version|revision|etag|tags|labels|metadata|notes?|comments?|links?|href|icon|colou?r|displayOrder|timeouts)$/;

const NOTHING_OF_THESE = "no rule, action configuration, custom data point or value list";
/** A configuration of Terraform, too, is JSON or reads as YAML, and has references in place of values. */
const HOW_TO_EXPORT = "of Terraform, export what `terraform show -json` prints";

/** Members of a bundle that decide and are not carried over. */
const DECIDING_MEMBERS = /flow|rule|action|list|point|polic|condition/i;

/**
 * Sorts out an export: what the Management API answers for one rule or many; an object with `rules`,
 * `actionConfigurations`, `customDataPoints` and `valueLists`; or what `terraform show -json` prints of a state or a plan, or the
 * file of a state. As text or parsed. What decides nothing is passed over, with a note.
 * @see https://developer.hashicorp.com/terraform/internals/json-format
 */
export function readAuthsignalExport(exported: unknown, mistakes: Mistakes, notes: Mistakes): AuthsignalExport {
  const found: Record<Kind, ExportedResource[]> = { rules: [], actions: [], dataPoints: [], lists: [] };
  /** What Terraform reads of resources that may be managed in the same export. */
  const readElsewhere: { kind: Kind; values: PlainObject; at: Path; member: string }[] = [];

  function sort(value: Plain, path: Path): void {
    if (Array.isArray(value)) {
      for (const [index, item] of (value as readonly Plain[]).entries()) sort(item, [...path, index]);
      return;
    }
    if (!isPlainObject(value)) return mistakes.add(path, `is not an object of an Authsignal export: ${HOW_TO_EXPORT}`);
    // A plan has a state from before besides, which it is about to change.
    for (const name of ["planned_values", "values"]) {
      const state = value[name];
      if (isPlainObject(state) && isPlainObject(state["root_module"])) {
        return sortModule(state["root_module"], [...path, name, "root_module"]);
      }
    }
    if (value["terraform_version"] !== undefined && value["resources"] !== undefined) return sortStateFile(value, path);
    const members = readMembers(value, path, mistakes, notes);
    const kind = kindOf(members);
    if (kind !== undefined) found[kind].push({ path, members });
    else if ([...members.keys()].some((name) => KIND_OF_MEMBER.has(name))) sortBundle(members, path);
    else mistakes.add(path, `is ${NOTHING_OF_THESE}: ${HOW_TO_EXPORT}`);
  }

  function sortBundle(members: ReadonlyMap<string, Plain>, path: Path): void {
    for (const [name, value] of members) {
      const kind = KIND_OF_MEMBER.get(name);
      if (kind === undefined && DECIDING_MEMBERS.test(name)) mistakes.add([...path, name], "is not imported");
      else if (kind === undefined) notes.add([...path, name], "is passed over: it decides nothing");
      else sortInto(kind, value, [...path, name]);
    }
  }

  function sortInto(kind: Kind, value: Plain, path: Path): void {
    const items = Array.isArray(value) ? (value as readonly Plain[]) : [value];
    for (const [index, item] of items.entries()) {
      const at = Array.isArray(value) ? [...path, index] : path;
      if (isPlainObject(item)) found[kind].push({ path: at, members: readMembers(item, at, mistakes, notes) });
      else mistakes.add(at, "is not an object");
    }
  }

  /** The file of a state, version 4: each resource has one instance or several. */
  function sortStateFile(state: PlainObject, path: Path): void {
    for (const [index, { type, mode, instances }] of objects(state["resources"]).entries()) {
      for (const [place, { attributes, deposed }] of objects(instances).entries()) {
        sortResource(
          { type, mode, deposed },
          attributes,
          [...path, "resources", index, "instances", place],
          "attributes",
        );
      }
    }
  }

  function sortResource(
    { type, mode, deposed }: TerraformResource,
    values: Plain | undefined,
    at: Path,
    member: string,
  ): void {
    const kind = KIND_OF_TERRAFORM_TYPE.get(type);
    if ((deposed ?? null) !== null) notes.add(at, "is passed over: Terraform has replaced it, and will destroy it");
    else if (kind !== undefined && isPlainObject(values) && mode === "data")
      readElsewhere.push({ kind, values, at, member });
    else if (kind !== undefined && values !== undefined) sortInto(kind, values, [...at, member]);
    // A flow decides too, and is not carried over; themes, messages and the like do not.
    else if (type === "authsignal_flow") mistakes.add(at, "is a flow: only classic rules can be imported");
    else notes.add(at, `is passed over: it is ${NOTHING_OF_THESE}`);
  }

  function sortModule(module: PlainObject, path: Path): void {
    for (const [index, resource] of objects(module["resources"]).entries()) {
      const at = [...path, "resources", index];
      const { type, mode, values, deposed_key: deposed } = resource;
      sortResource({ type, mode, deposed }, values, at, "values");
    }
    for (const [index, child] of objects(module["child_modules"]).entries()) {
      sortModule(child, [...path, "child_modules", index]);
    }
  }

  const before = mistakes.list.length;
  const plain = plainCopy(typeof exported === "string" ? parseText(exported, mistakes) : exported, mistakes);
  if (plain === undefined || mistakes.list.length > before) return found;
  sort(plain, ["exported"]);
  for (const { kind, values, at, member } of readElsewhere) {
    const name = nameOf(kind, values);
    const isManaged = found[kind].some(({ members }) => nameOf(kind, Object.fromEntries(members)) === name);
    if (isManaged) notes.add(at, "is passed over: it reads what the export has as a resource");
    else sortInto(kind, values, [...at, member]);
  }
  const isEmpty = Object.values(found).every((resources) => resources.length === 0);
  if (isEmpty && mistakes.list.length === before) mistakes.add(["exported"], `has ${NOTHING_OF_THESE}`);
  return found;
}

/** What two exports of one thing agree in. */
function nameOf(kind: Kind, values: PlainObject): Plain | undefined {
  const [name, inTerraform = name] = {
    rules: ["ruleId", "rule_id"],
    actions: ["actionCode", "action_code"],
    dataPoints: ["name"],
    lists: ["name"],
  }[kind] as [string, string?];
  return values[name] ?? values[inTerraform];
}

function kindOf(members: ReadonlyMap<string, Plain>): Kind | undefined {
  if (members.has("conditions")) return "rules";
  if (members.has("defaultUserActionResult")) return "actions";
  if (members.has("dataType")) return "dataPoints";
  const list = ["valueListItems", "valueListItemsStrings", "valueListItemsNumbers"].some((name) => members.has(name));
  return list ? "lists" : undefined;
}

function readMembers(object: PlainObject, path: Path, mistakes: Mistakes, notes: Mistakes): Map<string, Plain> {
  const members = new Map<string, Plain>();
  for (const [key, value] of Object.entries(object)) {
    if (value === null) continue;
    const name = key.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
    if (key.startsWith("_") || IDLE_MEMBERS.test(name)) {
      notes.add([...path, key], "is passed over: it decides nothing");
      continue;
    }
    // Asks for nothing, and its absence does too. An empty list of methods that are accepted may be something else.
    if (name === "promptToEnrollVerificationMethods" && Array.isArray(value) && value.length === 0) continue;
    if (members.has(name)) mistakes.add([...path, key], `is there twice, as ${name} too`);
    const read = ENCODED_MEMBERS.has(name) ? decoded(value, [...path, key], mistakes) : value;
    if (read !== null) members.set(name, read);
  }
  return members;
}

/** A text that is not JSON stays a text, and is then no condition. */
function decoded(value: Plain, path: Path, mistakes: Mistakes): Plain {
  if (typeof value !== "string") return value;
  const parsed = parseJson(value, path, mistakes);
  return parsed === null ? null : (plainCopy(parsed ?? value, mistakes) ?? value);
}

function objects(value: Plain | undefined): readonly PlainObject[] {
  return Array.isArray(value) ? (value as readonly Plain[]).filter(isPlainObject) : [];
}
