export type { ActionCall, GuardedAction, OffHttpOptions } from "./guard/off-http.ts";
export type {
  ChallengeRequired,
  Done,
  EnrollmentRequired,
  Refused,
  ReviewRequired,
  RunResult,
} from "./guard/run-result.ts";
