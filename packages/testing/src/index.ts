export { createManualClock, type ManualClock } from "./manual-clock.ts";
export { readyToken, type ReadyTokenOptions } from "./ready-token.ts";
export {
  type CompleteChallengeOptions,
  createScriptedProvider,
  neverAnswers,
  type ProviderCall,
  type ProviderVerb,
  type RawAnswer,
  type ScriptedProvider,
  type ScriptedProviderOptions,
} from "./scripted-provider.ts";
export type { ScriptedTrackAnswer, TrackScript } from "./track-script.ts";
