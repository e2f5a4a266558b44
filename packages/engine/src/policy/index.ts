export { compilePolicy } from "./compile-policy.ts";
export type { Condition } from "./condition.ts";
export { formatDecimal, parseDecimal } from "./decimal.ts";
export {
  type AuthsignalImport,
  type AuthsignalImportOptions,
  importAuthsignalRules,
} from "./import-authsignal-rules.ts";
export { type Counter, type DataPoint, definePolicy, type Policy, type PolicyAction, type Rule } from "./policy.ts";
export { nearest } from "./nearest.ts";
export { PolicyError, PolicyInputError, type PolicyMistake } from "./policy-error.ts";
export { factReader } from "./values.ts";
export type { VariableType } from "./variables.ts";
export type { CompiledAction, CompiledPolicy, CounterPlan, CustomFacts, FactValue, PolicyDecision } from "./types.ts";
