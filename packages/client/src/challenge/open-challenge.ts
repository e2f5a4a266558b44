import type { ChallengeState } from "./challenge-state.ts";

/** Options of `createChallenge`. */
export interface ChallengeOptions {
  /** What lies before `/client` of the Client API, as the browser SDK has it: `https://auth.example.com/v1`. */
  readonly baseUrl: string;
  /** Cancels the challenge: a presenter's own. */
  readonly signal?: AbortSignal;
  /** Sends the calls; the global `fetch` when absent. */
  readonly fetch?: typeof fetch;
}

/** Where a code goes that sets a method up. */
export interface EnrollmentAddress {
  readonly email?: string;
  /** In E.164, as `+14155550123`. */
  readonly phoneNumber?: string;
}

/**
 * A challenge in a UI of the application's own. Each call resolves, once it is over, to the state that it led to, and never rejects.
 * While one is on its way to the server, another one sends nothing and shares its outcome, so that a double click is one answer.
 * After the end calls change nothing.
 */
export interface OpenChallenge {
  /** What is to be shown. */
  readonly state: ChallengeState;
  /** Calls back after each change. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /**
   * The result, once the challenge has ended: a token for `complete` of a presentation, an empty text after an enrollment that
   * had nothing to approve, `undefined` where nothing was approved.
   */
  readonly result: Promise<string | undefined>;
  /** Sends a code or a link; the one before is void. */
  send(verificationMethod: string): Promise<ChallengeState>;
  /**
   * Answers: with the code; without one with a passkey, whose prompt the browser shows, or with the link that was sent, which is
   * waited for. It also completes what {@link OpenChallenge.enroll} began.
   */
  verify(verificationMethod: string, code?: string): Promise<ChallengeState>;
  /** Sets a method up: makes a passkey, or begins what {@link OpenChallenge.verify} completes. */
  enroll(verificationMethod: string, address?: EnrollmentAddress): Promise<ChallengeState>;
  /** Goes on once the user has kept the recovery codes. */
  finish(): Promise<ChallengeState>;
  /** Ends the action as failed, for a user who did not ask for it. */
  deny(): Promise<ChallengeState>;
  /** Reads the challenge anew, as after an outage. */
  reload(): Promise<ChallengeState>;
  /** Gives up at once, whatever is on its way. */
  cancel(): void;
}
