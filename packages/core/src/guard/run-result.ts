import type { PassedAction } from "../outcome/approved-action.ts";
import type { BoundFields } from "../binding/binding.ts";
import { type ErrorCode, errorCatalog } from "../reply/errors.ts";
import { Refusal, renderRefusal, type Reply } from "../reply/refusal.ts";

/** The action passed, and the work was done. */
export interface Done<Value, Approved = PassedAction> {
  readonly kind: "done";
  readonly value: Value;
  readonly approved: Approved;
}

/** The user has to complete a challenge; then the same call goes again, with the result token. */
export interface ChallengeRequired {
  readonly kind: "challenge_required";
  readonly message: string;
  readonly action: string;
  /** For a custom UI. */
  readonly token?: string;
  /** The pre-built page. */
  readonly url?: string;
  readonly idempotencyKey: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** Those that will do, and that the user has, where the provider says. */
  readonly verificationMethods?: readonly string[];
  /** The fields that will be approved: show them to the user. */
  readonly bound?: BoundFields;
}

/** The user has to enroll an authenticator; then the same call goes again, without a token. */
export interface EnrollmentRequired {
  readonly kind: "enrollment_required";
  readonly message: string;
  readonly action: string;
  readonly token?: string;
  readonly url?: string;
}

/** A person has to look at the action; later the same call goes again, with `idempotencyKey` as its token. */
export interface ReviewRequired {
  readonly kind: "review_required";
  readonly message: string;
  readonly action: string;
  readonly idempotencyKey: string;
  readonly retryAfterSeconds: number;
}

/** The action did not pass. */
export interface Refused {
  readonly kind: "refused";
  readonly code: Exclude<ErrorCode, "challenge_required" | "enrollment_required" | "review_required">;
  /** What HTTP would say. */
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  /** Further members of the problem, such as the `field` of `bound_field_missing`. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** What became of a call: narrow on `kind`. */
export type RunResult<Value, Approved = PassedAction> =
  Done<Value, Approved> | ChallengeRequired | EnrollmentRequired | ReviewRequired | Refused;

/** Turns the reply that HTTP would get into a result. */
export function resultOf({ code, members, options }: Refusal): RunResult<never, never> {
  const { title: message, status } = errorCatalog[code];
  const { retryAfterSeconds } = options;
  const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  switch (code) {
    case "challenge_required":
    case "enrollment_required":
    case "review_required": {
      const given = Object.entries(members).filter(([name, value]) => name !== "state" && value !== undefined);
      return { kind: code, message, ...Object.fromEntries(given), ...retry } as RunResult<never, never>;
    }
    default:
      return { kind: "refused", code, status, message, details: members, ...retry };
  }
}

/** Turns a result that is not `done` back into the reply that HTTP would get. */
export function renderResult(result: Exclude<RunResult<unknown, unknown>, Done<unknown, unknown>>): Reply {
  if (result.kind === "refused") {
    const { code, details, retryAfterSeconds } = result;
    return renderRefusal(new Refusal(code, code, details, { retryAfterSeconds }));
  }
  const { kind, message: _title, ...given } = result;
  const { retryAfterSeconds, ...members } = { retryAfterSeconds: undefined, ...given };
  const state = STATES[kind];
  return renderRefusal(new Refusal(kind, kind, { ...members, ...(state && { state }) }, { retryAfterSeconds }));
}

/** The provider's words for where an action is, which results do not repeat beside their kind. */
const STATES = {
  challenge_required: "CHALLENGE_REQUIRED",
  enrollment_required: undefined,
  review_required: "REVIEW_REQUIRED",
} as const;
