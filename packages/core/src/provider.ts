/** What a policy decides about an action, before any challenge. */
export type Outcome = "ALLOW" | "CHALLENGE" | "REVIEW" | "BLOCK";

/**
 * Where an action is. The first four are where `track` leaves it.
 * @see https://docs.authsignal.com/api-reference/server-api/get-action
 */
export type ActionState =
  | "ALLOW"
  | "BLOCK"
  | "CHALLENGE_REQUIRED"
  | "REVIEW_REQUIRED"
  | "CHALLENGE_SUCCEEDED"
  | "CHALLENGE_FAILED"
  | "REVIEW_SUCCEEDED"
  | "REVIEW_FAILED";

/** A data point that rules can judge: money is a decimal string. */
export type CustomValue = string | number | boolean;

/** What is known about the request that asks for an action. */
export interface TrackAttributes {
  /** Minted by the guard's seal; the same key for the same user and action addresses the same action. */
  readonly idempotencyKey: string;
  /** Where the pre-built page returns to. */
  readonly redirectUrl?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly deviceId?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly username?: string;
  readonly locale?: string;
  /** Data points of the policy, and the bound fields. */
  readonly custom?: Readonly<Record<string, CustomValue>>;
}

/** Which action is to be decided, for whom. */
export interface TrackRequest {
  readonly userId: string;
  readonly action: string;
  readonly attributes: TrackAttributes;
}

/** The provider's answer to `track`. @see https://docs.authsignal.com/api-reference/server-api/track-action */
export interface TrackAnswer {
  readonly state: "ALLOW" | "BLOCK" | "CHALLENGE_REQUIRED" | "REVIEW_REQUIRED";
  readonly idempotencyKey: string;
  /** Authorises the challenge at the Client API. */
  readonly token?: string;
  /** The pre-built page. Present in every state, so its presence says nothing. */
  readonly url?: string;
  /** True when the user has an authenticator that this action accepts. */
  readonly isEnrolled: boolean;
  readonly enrolledVerificationMethods?: readonly string[];
  readonly allowedVerificationMethods?: readonly string[];
  readonly defaultVerificationMethod?: string;
  /**
   * What the policy decided, from a provider that tells. Without it, ALLOW for a user who is not enrolled may be a
   * CHALLENGE that Authsignal let through.
   */
  readonly outcome?: Outcome;
  /** When the challenge token ends, in milliseconds since the epoch. */
  readonly tokenExpiresAt?: number;
  readonly ruleIds?: readonly string[];
}

/** A result token, and whose it has to be. */
export interface ValidateChallengeRequest {
  readonly token: string;
  readonly userId: string;
  readonly action: string;
}

/** The provider's answer to `validateChallenge`. Only `isValid` with CHALLENGE_SUCCEEDED is a success. */
export interface ValidateChallengeAnswer {
  readonly isValid: boolean;
  readonly state?: ActionState;
  readonly userId?: string;
  readonly action?: string;
  readonly idempotencyKey?: string;
  readonly verificationMethod?: string;
  /** Why the token is not valid, when the provider tells; `expired_token` is understood. */
  readonly error?: string;
}

/** Which action is asked for. */
export interface GetActionRequest {
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
}

/** The provider's answer to `getAction`. @see https://docs.authsignal.com/api-reference/server-api/get-action */
export interface GetActionAnswer {
  readonly state: ActionState;
  readonly verificationMethod?: string;
}

/** What comes with each call of a provider. */
export interface CallOptions {
  /** Aborted when the guard's deadline has passed; covers connecting, headers and body. */
  readonly signal: AbortSignal;
  /** The same as `signal.aborted`, from a caller that can tell without making a signal. See `isAborted`. */
  readonly aborted?: boolean;
  /**
   * Asks for leave to send this call once more, for a provider that sees its connection break before any answer. True once
   * at most, and only while few calls fail: it comes out of the guard's own budget of retries. Without it, whoever calls
   * keeps no budget.
   */
  readonly mayRepeat?: (() => boolean) | undefined;
}

/**
 * The decision point, in Authsignal's words and shapes. A provider throws a `ProviderError` when it cannot decide; what
 * it answers is parsed before it is believed, so an answer of another shape is an error and never an ALLOW.
 */
export interface ActionProvider {
  /** A short name for logs and metrics: `authsignal`, `engine`. */
  readonly name: string;
  /** Decides an action. Called again with the same key for the same user and action, answers for the same action. */
  track(request: TrackRequest, options: CallOptions): Promise<TrackAnswer>;
  /**
   * Tells whose result a token is. A token of another user or action, and anything that is no token, is `isValid: false`: an
   * error thrown for it would count as an outage, which every client could bring about.
   */
  validateChallenge(request: ValidateChallengeRequest, options: CallOptions): Promise<ValidateChallengeAnswer>;
  /**
   * Tells where an action is; `undefined` for one that was never tracked. CHALLENGE_SUCCEEDED and REVIEW_SUCCEEDED are final
   * but for BLOCK: an approval that goes from one to the other could outlive the claim that was made of it.
   */
  getAction(request: GetActionRequest, options: CallOptions): Promise<GetActionAnswer | undefined>;
}
