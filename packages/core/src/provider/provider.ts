import type { Awaitable } from "../lib/awaitable.ts";

/** What a policy decides about an action, before any challenge. */
export type Outcome = "ALLOW" | "CHALLENGE" | "REVIEW" | "BLOCK";

/**
 * Where an action can be. `track` leaves it at `ALLOW`, at `BLOCK`, or at what is required.
 * @see https://docs.authsignal.com/api-reference/server-api/get-action
 */
export const actionStates = [
  "ALLOW",
  "BLOCK",
  "CHALLENGE_REQUIRED",
  "CHALLENGE_SUCCEEDED",
  "CHALLENGE_FAILED",
  "REVIEW_REQUIRED",
  "REVIEW_SUCCEEDED",
  "REVIEW_FAILED",
] as const;

/** One of {@link actionStates}. */
export type ActionState = (typeof actionStates)[number];

/** A data point that rules can evaluate: money is a decimal string. */
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
  /**
   * Names of those fields of `attributes.custom` that the guard has bound, for a provider that shows users what they
   * approve. It is no attribute: Authsignal's API has no such member, so providers that call one leave it out.
   */
  readonly boundFields?: readonly string[];
  /**
   * The secret of a device that the user has asked to be remembered, from its cookie, where {@link ActionProvider.remembersDevices}
   * says so. No attribute either: it is recorded nowhere, and providers that call an API leave it out.
   */
  readonly deviceSecret?: string;
  /** False where no remembered device can stand in for a challenge of whoever asks: none is then offered to be remembered. */
  readonly takesDeviceSecrets?: boolean;
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
   * What the policy decided, from a provider that reports it. Without it, ALLOW for a user who is not enrolled may be a
   * CHALLENGE that Authsignal let through.
   */
  readonly outcome?: Outcome;
  /** When the challenge token ends, in milliseconds since the epoch. */
  readonly tokenExpiresAt?: number;
  readonly ruleIds?: readonly string[];
  /** Of ALLOW: the remembered device that stands in for the challenge which the policy asks for. No secret. */
  readonly rememberedDeviceId?: string;
  /** What that browser keeps from now on; its secret of before is void. */
  readonly deviceSecret?: string;
  /** Until when it keeps it, in milliseconds since the epoch. */
  readonly deviceSecretExpiresAt?: number;
  /** Of ALLOW: the id of its receipt, from a provider that keeps receipts. */
  readonly receipt?: string;
  /** Of ALLOW: true where {@link ActionProvider.recordExecution} is to learn that it runs. */
  readonly recordsExecution?: boolean;
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
  /** When the action came to its state, as an ISO 8601 timestamp. */
  readonly stateUpdatedAt?: string;
  /** True of a CHALLENGE_FAILED that the user has brought about, by saying that they did not ask for the action. */
  readonly deniedByUser?: boolean;
  /** Of an approval: the id of its receipt, from a provider that keeps receipts. */
  readonly receipt?: string;
  /** Why the token is not valid, when the provider says so; `expired_token` is understood. */
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
  /**
   * When the action came to its state, as an ISO 8601 timestamp: a review's approval ages from then on. Without it, it ages
   * from the first request.
   */
  readonly stateUpdatedAt?: string;
  /** As {@link ValidateChallengeAnswer.deniedByUser}. */
  readonly deniedByUser?: boolean;
  /** As {@link ValidateChallengeAnswer.receipt}. */
  readonly receipt?: string;
}

/** What comes with each call of a provider. */
export interface CallOptions {
  /** Aborted when the guard's deadline has passed; covers connecting, headers and body. */
  readonly signal: AbortSignal;
  /** The same as `signal.aborted`, from a caller that knows without making a signal. See `isAborted`. */
  readonly aborted?: boolean;
  /**
   * Calls `stop` once `signal` is aborted, unless what it returns was called before: from a caller that knows without making a
   * signal. See `whenAborted`.
   */
  readonly onAbort?: (stop: () => void) => () => void;
  /**
   * Asks for leave to send this call once more, for a provider that sees its connection break before any answer. True once
   * at most, and only while few calls fail: it comes out of the guard's own budget of retries. Without it, whoever calls
   * keeps no budget.
   */
  readonly mayRepeat?: (() => boolean) | undefined;
  /**
   * Reports that what the provider asks has answered, though the call needs more of it. A provider of several steps calls it
   * after each: a deadline that passes while answers come in, slowly, is `provider_busy` rather than an outage.
   */
  readonly progress?: () => void;
}

/** What a guard requires of an action, when the action is declared. */
export interface DeclaredAction {
  readonly action: string;
  /** The methods that the guard accepts; all of them when absent. */
  readonly verificationMethods?: readonly string[] | undefined;
}

/**
 * The decision point, in Authsignal's words and shapes. A provider throws a `ProviderError` when it cannot decide; what
 * it answers is parsed before it is believed, so an answer of another shape is an error and never an ALLOW.
 */
export interface ActionProvider {
  /** A short name for logs and metrics: `authsignal`, `engine`. */
  readonly name: string;
  /** The host that an option lets the provider call unencrypted, for tools that list routes. */
  readonly plainHttpHost?: string;
  /**
   * True while calls wait for something that is in use, such as the connections of a pool, rather than for an answer. A
   * deadline that passes meanwhile is `provider_busy` rather than an outage.
   */
  isBusy?(): boolean;
  /**
   * Learns of an action when a guard declares it, for a provider that knows beforehand which actions there are. Absent where
   * only a call can tell.
   * @throws ConfigurationError for one that the provider would refuse each time
   */
  declareAction?(action: DeclaredAction): void;
  /**
   * True where remembered devices may stand in for some challenge of the action. A guard then reads the device's cookie, and sets
   * the one that `track` answers with; absent where devices are not remembered.
   */
  remembersDevices?(action: string): boolean;
  /**
   * Decides an action. Called again with the same key for the same user and action, answers for the same action. A provider
   * that has nothing to wait for may answer at once, without a promise: a guard then needs no deadline for it.
   */
  track(request: TrackRequest, options: CallOptions): Awaitable<TrackAnswer>;
  /**
   * Returns whose result a token is. A token of another user or action, and anything that is no token, is `isValid: false`: an
   * error thrown for it would count as an outage, which every client could bring about.
   */
  validateChallenge(request: ValidateChallengeRequest, options: CallOptions): Promise<ValidateChallengeAnswer>;
  /**
   * Returns the state of an action; `undefined` for one that was never tracked. CHALLENGE_SUCCEEDED and REVIEW_SUCCEEDED are final
   * but for BLOCK: an approval that goes from one to the other could outlive the claim that was made of it.
   */
  getAction(request: GetActionRequest, options: CallOptions): Promise<GetActionAnswer | undefined>;
  /**
   * Records that what a receipt is about is handed to its handler, before the handler runs. A guard that gets no answer, or an error,
   * runs nothing. Recording it again changes nothing. Absent from a provider that records none.
   */
  recordExecution?(request: { readonly receipt: string }, options: CallOptions): Awaitable<void>;
}
