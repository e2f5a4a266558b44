import type { Outcome } from "@require-action/core/provider";
import type { PolicyMistake } from "./reading/mistakes.ts";
import type { CompiledAction, CompiledPolicy, RuleSummary } from "./model/types.ts";

/** The name of something that a lookup of addresses can give. */
export type IpFactName = "countryCode" | "isAnonymous";

/** The variables that they are for rules. */
const variableOf: Readonly<Record<IpFactName, string>> = {
  countryCode: "ip.location.country.countryCode",
  isAnonymous: "ip.isAnonymous",
};

/** The names of all that a lookup of addresses can give. */
export const ipFactNames: readonly IpFactName[] = Object.freeze(["countryCode", "isAnonymous"]);

/** What is looked up about addresses: `"none"` says that nothing is, on purpose. */
export type IpKnowledge = readonly IpFactName[] | "none";

const lookedUp: ReadonlySet<string> = new Set(Object.values(variableOf));
const strictness: readonly Outcome[] = ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"];

/**
 * Lists the active rules over facts that nothing gives this engine: they would load in silence, and never match. None when
 * `ip` is `"none"`.
 */
export function unknowableRules(policy: CompiledPolicy, ip: IpKnowledge | undefined): readonly PolicyMistake[] {
  if (ip === "none") return [];
  const given = new Set<string>((ip ?? []).map((name) => variableOf[name]));
  return rulesOf(policy).flatMap(({ rule }) => {
    const missing = [...rule.facts].filter((name) => lookedUp.has(name) && !given.has(name));
    if (missing.length === 0) return [];
    const lookup = ip === undefined ? "there is no lookup of addresses" : "the lookup of addresses does not give it";
    const remedy = 'set facts.ip (serve: --ip-database FILE), or say "none" there to have it unknown';
    return [{ path: rule.path, message: `needs ${missing.join(", ")}, and ${lookup}: ${remedy}` }];
  });
}

/**
 * Lists what a policy may not mean: active rules that become more lenient when a fact is unknown, which a client can often
 * bring about; and, where `ip` is `"none"`, rules over facts that are never known. A rule's `whenUnknown` mends both.
 */
export function policyWarnings(policy: CompiledPolicy, ip?: IpKnowledge): readonly PolicyMistake[] {
  return rulesOf(policy).flatMap(({ action, rule, below }) => {
    const never = ip === "none" ? [...rule.facts].filter((name) => lookedUp.has(name)) : [];
    const warnings =
      never.length === 0 ? [] : [`${never.join(", ")} is never known here, as facts.ip is "none"${mended(rule)}`];
    const loosened = loosens(action, rule, below);
    return (loosened === undefined ? warnings : [...warnings, loosened]).map((message) => ({
      path: rule.path,
      message,
    }));
  });
}

function mended({ whenUnknown }: RuleSummary): string {
  return whenUnknown === undefined ? ": the rule cannot match on it" : `: ${whenUnknown} decides`;
}

/** How an unknown fact opens a door; `undefined` when it does not. */
function loosens(action: CompiledAction, rule: RuleSummary, below: readonly Outcome[]): string | undefined {
  const unknown = Array.from(rule.facts, (name) => whenIsUnknown(name, action)).filter((one) => one !== undefined);
  if (unknown.length === 0) return undefined;
  const causes = unknown.join(", ");
  const { type, whenUnknown } = rule;
  if (whenUnknown === undefined) {
    const mildest = mildestOf(below);
    if (rank(mildest) >= rank(type)) return undefined;
    return `${type} may become ${mildest} when a fact is unknown (${causes}): add whenUnknown`;
  }
  const strictest = below.reduce((one, other) => (rank(other) > rank(one) ? other : one));
  if (rank(whenUnknown) >= rank(strictest)) return undefined;
  return `whenUnknown ${whenUnknown} stands in front of ${strictest} when a fact is unknown (${causes}): use ${strictest}`;
}

/** How a fact comes to be unknown; `undefined` for one that is always known. */
function whenIsUnknown(name: string, action: CompiledAction): string | undefined {
  if (lookedUp.has(name)) return `${name}: an address that the lookup does not know`;
  if (name === "ip.address") return `${name}: a call whose address the guard does not know`;
  if (name === "device.id") return `${name}: a request that names no device`;
  if (name === "user.email" || name === "user.phoneNumber") return `${name}: a user without one`;
  if (name.startsWith("custom.")) {
    return action.requiredDataPoints.has(name.slice("custom.".length)) ? undefined : `${name}: it is left out`;
  }
  const counter = action.counters.find((one) => name === `velocity.${one.name}`);
  if (counter?.by === "device") return `${name}: a request that names no device`;
  if (counter?.by === "ip") return `${name}: a call whose address the guard does not know`;
  return undefined;
}

/** Every active rule, with what decides when neither it nor a rule before it does. */
function rulesOf(
  policy: CompiledPolicy,
): readonly { readonly action: CompiledAction; readonly rule: RuleSummary; readonly below: readonly Outcome[] }[] {
  return policy.actionCodes.flatMap((code) => {
    const action = policy.action(code);
    if (action === undefined) return [];
    const { rules, defaultOutcome } = action;
    return rules.map((rule, place) => ({
      action,
      rule,
      below: [...rules.slice(place + 1).map(({ type }) => type), defaultOutcome],
    }));
  });
}

function mildestOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((one, other) => (rank(other) < rank(one) ? other : one));
}

function rank(outcome: Outcome): number {
  return strictness.indexOf(outcome);
}
