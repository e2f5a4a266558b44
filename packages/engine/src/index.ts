export type { ActionQuery, Actions, TransitionRequest } from "./actions.ts";
export type { AuditEvent, AuditEventType } from "./audit-event.ts";
export type { OnEvent } from "./audit-trail.ts";
export type { Authenticator } from "./authenticator.ts";
export type { Authenticators, VerifiedAuthenticator } from "./authenticators.ts";
export type { Challenges, Verification } from "./challenges.ts";
export { type ClientApiOptions, createClientApi } from "./client-api/create-client-api.ts";
export { type NodeHandler, toNodeHandler } from "./client-api/node-handler.ts";
export { readText } from "./client-api/read-text.ts";
export { createRouter, type FetchHandler, type Route, type RoutedRequest } from "./client-api/router.ts";
export { errorReply, jsonReply, replyToError } from "./client-api/reply.ts";
export type { SignInClient } from "./complete-sign-in.ts";
export { decideByFacts, type FactsDecision } from "./decide-by-facts.ts";
export { type CodeMessage, deliver, type Delivery } from "./delivery.ts";
export { createEngine, type Engine, type OfferedMethod } from "./engine.ts";
export { EngineError, type EngineReason, engineReasons } from "./engine-error.ts";
export type { EngineOptions } from "./engine-options.ts";
export type { EnrollmentReply } from "./enrollments.ts";
export type { FactSources, IpFacts } from "./facts.ts";
export type { EngineLimits } from "./limits.ts";
export type { Strength } from "./methods/verification-method.ts";
export {
  type AuthsignalImport,
  type AuthsignalImportOptions,
  type CompiledAction,
  type CompiledPolicy,
  compilePolicy,
  type Condition,
  type Counter,
  type CounterPlan,
  type CustomFacts,
  type DataPoint,
  definePolicy,
  type FactValue,
  importAuthsignalRules,
  nearest,
  type Policy,
  type PolicyAction,
  type PolicyDecision,
  PolicyError,
  PolicyInputError,
  type PolicyMistake,
  type Rule,
  type VariableType,
} from "./policy/index.ts";
export type { PasskeySignIn } from "./passkey-sign-in.ts";
export type { Asked } from "./questions.ts";
export type { RecordedFacts } from "./recorded-facts.ts";
export type { FactRequest } from "./request-facts.ts";
export type { ReviewDecision, Reviews } from "./reviews.ts";
export { joinKey, type KeyParts } from "./store/key.ts";
export type { MemoryStoreLimits } from "./store/memory-limits.ts";
export { createMemoryStore } from "./store/memory-store.ts";
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
  Store,
  Transition,
  UserFilter,
} from "./store/store.ts";
export { oldestVelocityPart, velocityPart } from "./store/velocity-window.ts";
export { type EngineTrackRequest, parseTrack } from "./track-input.ts";
export type { Users } from "./users.ts";
export type { PasskeyCredential } from "./webauthn/passkey-credential.ts";
export type { PasskeyCreationOptions, PasskeyRequestOptions } from "./webauthn/passkey-options.ts";
export type { PasskeyOptions } from "./webauthn/relying-party.ts";
