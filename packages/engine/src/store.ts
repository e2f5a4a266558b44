export { trackedEvents } from "./store/tracked-event.ts";
export type { AuditEvent, AuditEventType } from "./store/audit-event.ts";
export {
  type Activation,
  type AddedPolicy,
  type AttemptCount,
  type CounterBump,
  type DecisionFacts,
  type DecisionQuery,
  joinKey,
  type KeyParts,
  type Transition,
} from "./store/store.ts";
export type { ActionFilter, AuditFilter, LaggingFilter, Page, PolicyFilter, UserFilter } from "./store/filters.ts";
export { declareOwn } from "./store/own-records.ts";
export type { MemoryStoreLimits, MemoryStoreOptions } from "./store/memory/memory-limits.ts";
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
  SessionRecord,
  UserChanges,
  UserRecord,
  RecordedFacts,
} from "./store/records.ts";
export type { ReviewRecord } from "./store/receipt-records.ts";
export { oldestVelocityPart, velocityPart } from "./store/memory/memory-velocity.ts";
export type { PasskeyCredential } from "./webauthn/passkey-options.ts";
