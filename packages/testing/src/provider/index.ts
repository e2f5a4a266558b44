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
