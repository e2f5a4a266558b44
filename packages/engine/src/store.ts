export type { AuditEvent, AuditEventType } from "./store/audit-event.ts";
export { joinKey, type KeyParts } from "./store/key.ts";
export { declareOwn } from "./store/own-records.ts";
export type { MemoryStoreLimits, MemoryStoreOptions } from "./store/memory-limits.ts";
export type {
  ActionKey,
  ActionRecord,
  AuthenticatorChanges,
  AuthenticatorRecord,
  ChallengeRecord,
  DeviceRecord,
  RecordedAttributes,
  RecordedRule,
  ReviewRecord,
  UserChanges,
  UserRecord,
  RecordedFacts,
} from "./store/records.ts";
export type {
  ActionFilter,
  Activation,
  AttemptCount,
  AuditFilter,
  CounterBump,
  DecisionFacts,
  DecisionQuery,
  Page,
  Transition,
  UserFilter,
} from "./store/store.ts";
export { oldestVelocityPart, velocityPart } from "./store/memory-velocity.ts";
export type { PasskeyCredential } from "./webauthn/passkey-credential.ts";
