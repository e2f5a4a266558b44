import { type Body, invalid } from "../http/request-fields.ts";

/** A part of a policy, or of an answer. */
export type Members = Readonly<Record<string, unknown>>;

/** How members on the wire are called in the policy. */
type Names = ReadonlyMap<string, string>;

const sharedMembers = [
  "verificationMethods",
  "promptToEnrollVerificationMethods",
  "defaultVerificationMethod",
] as const;

const namesOf = (same: readonly string[], others: Readonly<Record<string, string>> = {}): Names =>
  new Map([...same.map((name) => [name, name] as const), ...Object.entries(others)]);

const actionNames = namesOf(["messagingTemplates", ...sharedMembers], { defaultUserActionResult: "defaultOutcome" });
const ruleNames = namesOf(["name", "description", "isActive", "priority", "type", "conditions", ...sharedMembers]);
const dataPointNames = namesOf(["name", "description"], { dataType: "type", modelType: "model", isPublic: "show" });

/** What identifies a resource, or comes from Authsignal: sent back as it was read, and never changed by it. */
const idleMembers: ReadonlySet<string> = new Set(["tenantId", "actionCode", "ruleId", "id", "lastActionCreatedAt"]);
/** Flows decide in another way. */
const classicTypes: ReadonlySet<unknown> = new Set(["CLASSIC", "LEGACY"]);

/** An action's configuration on the wire. What the policy has besides, such as `review`, is left out, and kept by changes. */
export function viewAction(tenantId: string, actionCode: string, action: Members): Members {
  return { actionCode, tenantId, ...view(action, actionNames) };
}

export function changeAction(before: Members, body: Body): Members {
  const { actionType, ...changes } = body;
  if (actionType !== undefined && actionType !== null && !classicTypes.has(actionType)) {
    throw invalid("actionType must be CLASSIC: flows are not supported.");
  }
  return change(before, changes, actionNames);
}

export function viewRule(tenantId: string, actionCode: string, rule: Members): Members {
  return { ruleId: rule["ruleId"], tenantId, actionCode, isActive: true, ...view(rule, ruleNames) };
}

export function changeRule(before: Members, body: Body): Members {
  return change(before, body, ruleNames);
}

/** A data point on the wire, whose id is its name. A `decimal`, which Authsignal does not have, is the text that it is sent as. */
export function viewDataPoint(dataPoint: Members): Members {
  const { dataType, ...others } = view(dataPoint, dataPointNames);
  return {
    id: dataPoint["name"],
    modelType: "action",
    isPublic: false,
    ...others,
    dataType: dataType === "decimal" ? "text" : dataType,
  };
}

export function changeDataPoint(before: Members, body: Body): Members {
  const { dataType, ...others } = body;
  if (dataType === "multiselect") throw invalid("dataType multiselect is not supported.");
  const isSame = dataType === viewDataPoint(before)["dataType"];
  return change(before, isSame || dataType === undefined ? others : body, dataPointNames);
}

function view(resource: Members, names: Names): Members {
  return Object.fromEntries(
    Array.from(names, ([name, own]) => [name, memberOf(resource, own)] as const).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

/** Null takes a member away. @throws EngineError `request_invalid` for a member that would decide and is not known */
function change(before: Members, body: Body, names: Names): Members {
  const after = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(body)) {
    if (idleMembers.has(name)) continue;
    const own = names.get(name);
    if (own === undefined && value !== null) throw invalid(`${name} is not supported.`);
    if (own === undefined) continue;
    if (value === null) after.delete(own);
    else after.set(own, value);
  }
  return Object.fromEntries(after);
}

/** A member of one's own: names are names, `constructor` too. */
export function memberOf(record: Members, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
