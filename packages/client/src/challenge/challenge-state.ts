import type { CallFailureReason } from "./call-api.ts";
import type { ChallengeMethodKind } from "./methods.ts";
import type { PasskeyFailureReason } from "./passkeys.ts";

/**
 * Where a challenge is. It ends as `approved`, `enrolled` (nothing was left to approve), `denied`, `cancelled`, `expired`, `closed`
 * (it was ended elsewhere) or `invalid` (its token is none).
 */
export type ChallengeStatus =
  | "loading"
  | "open"
  | "recovery_codes"
  | "approved"
  | "enrolled"
  | "denied"
  | "cancelled"
  | "expired"
  | "closed"
  | "invalid";

/** A method that the user can answer with, or set up. */
export interface ChallengeMethod {
  /** Authsignal's name, as `EMAIL_OTP`. */
  readonly verificationMethod: string;
  readonly kind: ChallengeMethodKind;
  /** Where codes or links go, masked; what the user gave is not. */
  readonly address?: string;
  /** When the code was sent that is out, in milliseconds since the epoch by this browser's clock. */
  readonly sentAt?: number;
}

/** What went wrong with the last call. All of these can be tried again. */
export interface ChallengeFailure {
  /**
   * `wrong_answer`; `wait`: too many answers or codes, and `retryAfterSeconds` says how long; `network`: no answer, or an outage, so
   * that nothing says that a code was wrong; `delivery`: the code could not be sent; `method_unknown`: this challenge has no such
   * method; `refused`: anything else that the server refuses, by its `errorCode`; the others are the browser's, of a passkey.
   */
  readonly reason:
    | "wrong_answer"
    | "method_unknown"
    | Exclude<CallFailureReason, "expired" | "invalid" | "closed">
    | PasskeyFailureReason;
  readonly retryAfterSeconds?: number;
  /** The server's own word, for logs. */
  readonly errorCode?: string;
}

/** All that a screen shows of a challenge. Another object after each change, and the same one without. */
export interface ChallengeState {
  readonly status: ChallengeStatus;
  /** True while a call is on its way to the server. Other calls then send nothing. */
  readonly isBusy: boolean;
  /** What waits for the user outside of the screen. Another call ends it. */
  readonly waitsFor?: "passkey" | "link";
  /** The action that is to be approved; absent while loading. */
  readonly action?: string;
  /** What is approved, as the server has it: show it, as text, to whoever approves it. */
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
  /** What can complete the challenge: the preferred one first, recovery codes last. */
  readonly methods: readonly ChallengeMethod[];
  /** What can be set up: the first one of a user approves the action at once. */
  readonly enrollable: readonly ChallengeMethod[];
  /** The key of the authenticator app that is being set up: `uri` for a QR code, `secret` to be typed, in base 32. */
  readonly app?: { readonly uri: string; readonly secret: string };
  /** The number that whoever opens the link that was sent has to pick. */
  readonly matchingNumber?: string;
  /** Codes for the user to keep, shown this once. */
  readonly recoveryCodes?: readonly string[];
  readonly failure?: ChallengeFailure;
  /** When the challenge ends, in milliseconds since the epoch by this browser's clock; absent while loading. */
  readonly expiresAt?: number;
}

const endings: ReadonlySet<ChallengeStatus> = new Set<ChallengeStatus>([
  "approved",
  "enrolled",
  "denied",
  "cancelled",
  "expired",
  "closed",
  "invalid",
]);

/** True once nothing more can become of a challenge. */
export function isEnded({ status }: ChallengeState): boolean {
  return endings.has(status);
}

/** Before anything is known. */
export const loadingState: ChallengeState = { status: "loading", isBusy: true, methods: [], enrollable: [] };

type Present<T> = { [Name in keyof T as undefined extends T[Name] ? never : Name]: T[Name] } & {
  [Name in keyof T as undefined extends T[Name] ? Name : never]?: Exclude<T[Name], undefined>;
};

/** Leaves out what is `undefined`. */
export function withoutAbsent<T extends object>(members: T): Present<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<T>;
}
