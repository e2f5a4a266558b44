export type { OffHttpGuard } from "./guard/guard.ts";
export type { ActionCall, GuardedAction, OffHttpOptions } from "./guard/off-http.ts";
export { renderResult } from "./guard/run-result.ts";
export type {
  ChallengeRequired,
  Done,
  EnrollmentRequired,
  Refused,
  ReviewRequired,
  RunResult,
} from "./guard/run-result.ts";
