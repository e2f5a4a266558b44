export { ProviderError } from "./reply/errors.ts";
export { createHoldOff, type HoldOff } from "./provider/resilience/hold-off.ts";
export { type Awaitable, isPromiseLike, orElse, settle, whenSettled } from "./lib/awaitable.ts";
export { deviceCookie } from "./lib/device-cookie.ts";
export { parseClientAddress } from "./request/client-address.ts";
export { warnIfOneOfSeveral } from "./ledger/worker-process.ts";
export { isActionCode, isId } from "./lib/ids.ts";
export { createLoadWatch, type LoadWatch, type ProcessTime, type WatchedWait } from "./lib/load-watch.ts";
export { isAborted, whenAborted } from "./provider/provider-call.ts";
export { parseGetActionAnswer, parseTrackAnswer, parseValidateChallengeAnswer } from "./provider/provider-answer.ts";
export { actionStates } from "./provider/provider.ts";
export type {
  ActionProvider,
  ActionState,
  CallOptions,
  CustomValue,
  GetActionAnswer,
  GetActionRequest,
  Outcome,
  TrackAnswer,
  TrackAttributes,
  TrackRequest,
  ValidateChallengeAnswer,
  ValidateChallengeRequest,
} from "./provider/provider.ts";
