import { nearest } from "@require-action/core/options";
import { type CompiledPolicy, decideByFacts, type FactValue } from "@require-action/engine/policy";
import { mistakeLines } from "./compile-file.ts";
import type { PolicyCase } from "./policy-cases.ts";

/** Facts that the engine may not know, too. All others that rules ask for have to be given: guessing would prove nothing. */
const MAY_BE_UNKNOWN = /^(?:ip\.|custom\.|user\.(?:email|phoneNumber)$)/;
const ALIASES: ReadonlyMap<string, string> = new Map([["ip.countryCode", "ip.location.country.countryCode"]]);

/** Tries a policy on a case: nothing when it does as expected, else what it does instead, a line for each difference. */
export function tryCase(policy: CompiledPolicy, { action, given, expect }: PolicyCase): readonly string[] {
  const facts = new Map(
    Object.entries(given.facts).map(([name, value]) => [ALIASES.get(name) ?? name, value] as const),
  );
  const problems = [...actionProblems(policy, action), ...factProblems(policy, action, facts)];
  if (problems.length > 0) return problems;

  const asked = new Set<string>();
  const decided = decideByFacts(policy, action, given, (name): FactValue | null | undefined => {
    asked.add(name);
    return facts.has(name) ? facts.get(name) : MAY_BE_UNKNOWN.test(name) ? null : undefined;
  });
  if (decided.kind === "undecidable") {
    return [
      ...decided.missing.map((name) => `given.facts lacks ${name}, which a rule asks for`),
      ...decided.mistyped.map((name) => `given.facts.${name} is not a ${policy.action(action)?.factTypes.get(name)}`),
    ];
  }
  const needed = policy.action(action)?.neededFacts;
  const unread = [...facts.keys()].filter((name) => needed?.has(name) === true && !asked.has(name));
  if (decided.kind === "decided" && unread.length > 0) {
    return unread.map((name) => `given.facts.${name} is not looked at: given.attributes tell it`);
  }
  const outcome = decided.kind === "refused" ? "REFUSED" : decided.outcome;
  const decision = decided.kind === "refused" ? undefined : decided.decision;
  const differences = [
    ...difference("outcome", expect.outcome, outcome),
    ...difference(
      "rules",
      listed(expect.rules),
      expect.rules && listed(decision?.matched.map(({ ruleId }) => ruleId) ?? []),
    ),
    ...difference(
      "verificationMethods",
      listed(expect.verificationMethods),
      expect.verificationMethods && (listed(decision?.verificationMethods) ?? "all"),
    ),
  ];
  if (differences.length === 0) return [];
  const undecided = decision?.undecided.map(({ ruleId }) => ruleId) ?? [];
  return [
    ...differences,
    ...(decided.kind === "refused" ? [refusalOf(decided.mistakes)] : []),
    ...(undecided.length > 0 ? [`undecided, as a fact is unknown: ${undecided.join(", ")}`] : []),
  ];
}

/** An action that is all but named is a slip of the pen, which would be refused for another reason than what the case is about. */
function actionProblems(policy: CompiledPolicy, code: string): readonly string[] {
  // Where others are decided, a case may well be about one of them, whatever it is named like.
  if (policy.action(code) !== undefined || policy.unknownActions !== "refuse") return [];
  const meant = nearest(code, policy.actionCodes);
  return meant === undefined ? [] : [`the policy does not name the action ${code}; did you mean ${meant}?`];
}

/** A fact that no rule names is a slip of the pen, which would leave another one unknown. */
function factProblems(policy: CompiledPolicy, code: string, facts: ReadonlyMap<string, unknown>): readonly string[] {
  const named = new Set(policy.actionCodes.flatMap((one) => [...(policy.action(one)?.neededFacts ?? [])]));
  if (policy.action(code) === undefined && facts.size === 0) return [];
  return [...facts.keys()].filter((name) => !named.has(name)).map((name) => `given.facts.${name}: no rule names it`);
}

function refusalOf(mistakes: Parameters<typeof mistakeLines>[0]): string {
  return mistakes.length === 0 ? "the policy does not name the action" : mistakeLines(mistakes).trim();
}

function listed(names: readonly string[] | undefined): string | undefined {
  return names && (names.length === 0 ? "none" : names.join(", "));
}

function difference(what: string, expected: string | undefined, actual: string | undefined): readonly string[] {
  return expected === actual ? [] : [`${what}: expected ${expected}, got ${actual}`];
}
