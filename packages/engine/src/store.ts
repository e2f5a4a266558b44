export { initialStates } from "./actions/transitions.ts";
export type { AuditEvent, AuditEventType } from "./store/audit-event.ts";
export {
  type ActionFilter,
  type Activation,
  type AddedPolicy,
  type AttemptCount,
  type AuditFilter,
  type CounterBump,
  type DecisionFacts,
  type DecisionQuery,
  joinKey,
  type KeyParts,
  type LaggingFilter,
  type Page,
  type PolicyFilter,
  type Transition,
  type UserFilter,
} from "./store/store.ts";
export { declareOwn } from "./store/own-records.ts";
export type { MemoryStoreLimits, MemoryStoreOptions } from "./store/memory-limits.ts";
export type {
  ActionKey,
  ActionRecord,
  AuthenticatorChanges,
  AuthenticatorRecord,
  ChallengeRecord,
  DeviceRecord,
  OutboxRecord,
  PolicyMark,
  PolicyRecord,
  RecordedAttributes,
  RecordedRule,
  ReviewRecord,
  SessionRecord,
  UserChanges,
  UserRecord,
  RecordedFacts,
} from "./store/records.ts";
export { oldestVelocityPart, velocityPart } from "./store/memory-velocity.ts";
export type { PasskeyCredential } from "./webauthn/passkey-options.ts";
