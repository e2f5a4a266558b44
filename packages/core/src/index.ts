export { type Clock, systemClock } from "./clock.ts";
export {
  ConfigurationError,
  type ErrorCode,
  errorCatalog,
  helpUrl,
  ProviderError,
  RequireActionError,
  type RequireActionErrorOptions,
} from "./errors.ts";
export { isActionCode, isId } from "./ids.ts";
export type { Ledger } from "./ledger.ts";
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
} from "./provider.ts";
