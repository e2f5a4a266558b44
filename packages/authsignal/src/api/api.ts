import type { CallOptions, GetActionRequest, TrackRequest, ValidateChallengeRequest } from "@require-action/core/provider";

/** The three calls that decide, in Authsignal's wire format; their answers have yet to be believed. */
export interface Api {
  track(request: TrackRequest, options: CallOptions): Promise<unknown>;
  validateChallenge(request: ValidateChallengeRequest, options: CallOptions): Promise<unknown>;
  /** Resolves to `undefined` for an action that Authsignal does not know. */
  getAction(request: GetActionRequest, options: CallOptions): Promise<unknown>;
}
