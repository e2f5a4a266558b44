import type { ActionProvider, CustomValue, TrackAnswer, TrackRequest } from "@require-action/core/provider";
import type { OpenHarness } from "../suite/conformance-case.ts";

/** A user and an action, with the data points that the policy asks for. */
export interface ConformanceSubject {
  readonly userId: string;
  readonly action: string;
  readonly custom?: Readonly<Record<string, CustomValue>>;
}

/** An action that has been tracked. */
export interface TrackedAction {
  readonly request: TrackRequest;
  readonly answer: TrackAnswer;
}

/** A provider under test, and the means to make happen what users, devices and reviewers do. */
export interface ProviderHarness extends OpenHarness {
  readonly provider: ActionProvider;
  /**
   * Finds a user never used before and an action whose next tracking ends in `state`: for this user, who has an
   * authenticator, and except for CHALLENGE_REQUIRED for any other user too. Each state has an action of its own.
   */
  subject(state: TrackAnswer["state"]): ConformanceSubject | Promise<ConformanceSubject>;
  /** Completes the challenge as the user would, and resolves to the result token. */
  completeChallenge(tracked: TrackedAction): string | Promise<string>;
  /** Fails the challenge for good: the action ends in CHALLENGE_FAILED. */
  failChallenge(tracked: TrackedAction): void | Promise<void>;
  /** Decides the review as a reviewer would. */
  review(tracked: TrackedAction, decision: "approve" | "reject"): void | Promise<void>;
  /** Makes whatever the provider depends on stop answering: a server, a database. */
  stall(): void | Promise<void>;
}
