export { createManualClock, type ManualClock } from "./manual-clock.ts";
export {
  createScriptedProvider,
  neverAnswers,
  type ProviderCall,
  type ProviderVerb,
  type RawAnswer,
  type ScriptedProvider,
  type ScriptedTrackAnswer,
  type TrackScript,
} from "./provider/index.ts";
