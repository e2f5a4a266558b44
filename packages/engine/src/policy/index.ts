export type { Condition, Operand, Pair, Variable } from "./condition.ts";
export { compilePolicy } from "./compile-policy.ts";
export { formatDecimal, parseDecimal } from "./decimal.ts";
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
export {
  type AuthsignalImport,
  type AuthsignalImportOptions,
  importAuthsignalRules,
} from "./import-authsignal-rules.ts";
