export { type AnswerOptions, faults } from "./faults.ts";
export {
  createFaultyServer,
  type Fault,
  type FaultyServer,
  type FaultyServerOptions,
  type RecordedRequest,
} from "./faulty-server.ts";
export type { ProviderCase } from "./provider-case.ts";
export { providerCases, providerConformance, type ProviderConformanceOptions } from "./provider-conformance.ts";
export type { ConformanceSubject, ProviderHarness, TrackedAction } from "./provider-harness.ts";
export type { ScriptedTrackAnswer } from "./scripted-actions.ts";
export {
  createScriptedProvider,
  neverAnswers,
  type ProviderCall,
  type ProviderVerb,
  type RawAnswer,
  type ScriptedProvider,
  type TrackScript,
} from "./scripted-provider.ts";
