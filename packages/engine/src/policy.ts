export { createIpSource, type IpDatabaseReader } from "./context/ip-database.ts";
export { decideByFacts, type FactsDecision } from "./decisions/decide-by-facts.ts";
export { compilePolicy } from "./policy/compile-policy.ts";
export {
  type AuthsignalImport,
  type AuthsignalImportOptions,
  importAuthsignalRules,
} from "./policy/import/import-authsignal-rules.ts";
export { publishPolicy, type PublishOptions } from "./context/publish-policy.ts";
export type {
  PolicyRefusal,
  PolicyStatus,
  Publication,
  PublishedPolicies,
  RefusedPolicy,
} from "./context/published-policies.ts";
export {
  type Condition,
  type Counter,
  type DataPoint,
  type DataPointFormat,
  POLICY_FORMAT,
  type PolicyAction,
  type RememberDevice,
  type Rule,
} from "./policy/model/policy.ts";
export type {
  CompiledAction,
  CompiledPolicy,
  CounterPlan,
  CustomFacts,
  FactValue,
  PolicyDecision,
  RuleSummary,
} from "./policy/model/types.ts";
export type { VariableType } from "./policy/model/variables.ts";
export { PolicyError, PolicyInputError, type PolicyMistake } from "./policy/reading/mistakes.ts";
export {
  type IpFactName,
  ipFactNames,
  type IpKnowledge,
  policyWarnings,
  unknowableRules,
} from "./policy/unknown-facts.ts";
export type { FactRequest } from "./decisions/facts.ts";
