import type { GetActionRequest, TrackRequest, ValidateChallengeRequest } from "@require-action/core";

/** The three calls that decide, in Authsignal's wire format; their answers have yet to be believed. */
export interface Api {
  track(request: TrackRequest, signal: AbortSignal): Promise<unknown>;
  validateChallenge(request: ValidateChallengeRequest, signal: AbortSignal): Promise<unknown>;
  /** Resolves to `undefined` for an action that Authsignal does not know. */
  getAction(request: GetActionRequest, signal: AbortSignal): Promise<unknown>;
}
