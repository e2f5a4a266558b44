import type { Outcome } from "@require-action/core/provider";
import { PolicyInputError, type PolicyMistake } from "../policy/reading/mistakes.ts";
import type { CompiledAction, CompiledPolicy, CustomFacts, FactValue, PolicyDecision } from "../policy/model/types.ts";
import { readFact } from "../policy/model/values.ts";
import { type FactRequest, factOfRequest } from "./facts.ts";

/** What a policy says about a request of which all facts are at hand. */
export type FactsDecision =
  /** `decision` is absent for an action that the policy does not name. */
  | { readonly kind: "decided"; readonly outcome: Outcome; readonly decision: PolicyDecision | undefined }
  /** The engine would refuse the request: an unknown action (no mistakes), or data points that do not fit. */
  | { readonly kind: "refused"; readonly mistakes: readonly PolicyMistake[] }
  /** Facts that rules ask for and that are missing, or of another type than the policy's. */
  | { readonly kind: "undecidable"; readonly missing: readonly string[]; readonly mistyped: readonly string[] };

/**
 * Decides by facts that are given, with no store, no lookup and nothing recorded: what tests of policies and backtests are
 * made of. `fact` is asked for what is not in the request; it answers `null` for what is not known, and
 * `undefined` for what it cannot know, about which nothing is ever guessed.
 */
export function decideByFacts(
  policy: CompiledPolicy,
  code: string,
  { userId, attributes }: Omit<FactRequest, "custom">,
  fact: (name: string) => FactValue | null | undefined,
): FactsDecision {
  const action = policy.action(code);
  if (action === undefined) {
    const { unknownActions } = policy;
    if (unknownActions === "refuse") return { kind: "refused", mistakes: [] };
    return { kind: "decided", outcome: unknownActions, decision: undefined };
  }
  const custom = readCustom(action, attributes.custom);
  if ("mistakes" in custom) return { kind: "refused", mistakes: custom.mistakes };

  const request: FactRequest = { userId, attributes, custom: custom.facts };
  const facts = new Map<string, FactValue>();
  const missing: string[] = [];
  const mistyped: string[] = [];
  for (const [name, type] of action.factTypes) {
    let value = factOfRequest(name, request);
    if (value === undefined) value = fact(name);
    if (value === undefined) value = settledUnknown(name, policy, action, request);
    if (value === undefined) missing.push(name);
    else if (value !== null && readFact(type, value) === undefined) mistyped.push(name);
    else if (value !== null) facts.set(name, value);
  }
  if (missing.length > 0 || mistyped.length > 0) return { kind: "undecidable", missing, mistyped };
  const decision = action.decide((name) => facts.get(name));
  return { kind: "decided", outcome: decision.outcome, decision };
}

function readCustom(
  action: CompiledAction,
  custom: unknown = {},
): { readonly facts: CustomFacts } | { readonly mistakes: readonly PolicyMistake[] } {
  try {
    return { facts: action.parseCustom(custom) };
  } catch (error) {
    if (error instanceof PolicyInputError) return { mistakes: error.mistakes };
    throw error;
  }
}

/** `null` for a fact that cannot be known for this request. */
function settledUnknown(
  name: string,
  { userDataPoints }: CompiledPolicy,
  { counters }: CompiledAction,
  request: FactRequest,
): null | undefined {
  // It could only have come with the request.
  if (name.startsWith("custom.")) return userDataPoints.has(name.slice("custom.".length)) ? undefined : null;
  const counter = counters.find((plan) => name === `velocity.${plan.name}`);
  const { deviceId, ipAddress } = request.attributes;
  if (counter?.by === "device" && deviceId === undefined) return null;
  return counter?.by === "ip" && ipAddress === undefined ? null : undefined;
}
