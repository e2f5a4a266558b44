export type { Comparison, Condition, Operand, Variable } from "./condition.ts";
export type { Counter, DataPoint, Policy, PolicyAction, Rule } from "./policy.ts";
export { definePolicy } from "./policy.ts";
export { PolicyError, PolicyInputError, type PolicyMistake } from "./policy-error.ts";
export type {
  CompiledAction,
  CompiledPolicy,
  CounterPlan,
  CustomFacts,
  FactValue,
  MatchedRule,
  MessagingTemplates,
  PolicyDecision,
} from "./types.ts";
