export { createFaultProxy, type FaultProxy, type FaultProxyOptions } from "./faults/fault-proxy.ts";
export type { LinkFault } from "./faults/link-fault.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
export { type AnswerOptions, faults } from "./provider/faults.ts";
export {
  createFaultyServer,
  type Fault,
  type FaultyServer,
  type FaultyServerOptions,
  type RecordedRequest,
} from "./provider/faulty-server.ts";
export { readyToken, type ReadyTokenOptions } from "./provider/ready-token.ts";
export type { ScriptedTrackAnswer } from "./provider/scripted-actions.ts";
export {
  createScriptedProvider,
  neverAnswers,
  type ProviderCall,
  type ProviderVerb,
  type RawAnswer,
  type ScriptedProvider,
  type TrackScript,
} from "./provider/scripted-provider.ts";
