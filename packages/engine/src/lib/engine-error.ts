import { ProviderError } from "@require-action/core/provider";

/**
 * Why the engine refuses, with the HTTP status that says so. Reasons are stable: they may be added to, never renamed.
 */
export const engineReasons = {
  // The caller's input.
  request_invalid: 400,
  request_too_large: 413,
  action_unknown: 400,
  verification_method_unknown: 400,
  idempotency_conflict: 409,
  not_found: 404,
  // Tokens.
  token_invalid: 401,
  token_expired: 401,
  // Challenges.
  challenge_not_open: 409,
  verification_method_not_allowed: 403,
  authenticator_missing: 400,
  authenticator_too_new: 403,
  credential_unknown: 400,
  approval_refused: 403,
  device_not_rememberable: 409,
  too_many_attempts: 429,
  too_many_sends: 429,
  delivery_failed: 503,
  // Changes of factor.
  factor_change_forbidden: 403,
  // States and reviews.
  transition_illegal: 409,
  state_conflict: 409,
  self_review: 403,
  reviewer_not_allowed: 403,
  // What the engine leans on.
  lookup_failed: 503,
  store_full: 503,
  aborted: 503,
} as const;

/** Narrow on it in a `switch`. */
export type EngineReason = keyof typeof engineReasons;

/**
 * Anything the engine refuses to do. `status` shows a guard whether the request is at fault, and those who put the engine
 * behind an API of their own what to answer. It never holds a token, a code or a secret.
 */
export class EngineError extends ProviderError {
  override readonly name: string = "EngineError";
  readonly reason: EngineReason;
  override readonly status: number;
  override readonly expose: boolean;

  constructor(
    reason: EngineReason,
    detail: string,
    {
      retryAfterSeconds,
      field,
    }: { readonly retryAfterSeconds?: number | undefined; readonly field?: string | undefined } = {},
  ) {
    const status = engineReasons[reason];
    super(providerCodeOf(reason), detail, { retryAfterSeconds, field });
    this.message = `${reason}: ${detail}`;
    this.reason = reason;
    this.status = status;
    this.expose = this.status < 500;
  }
}

function providerCodeOf(reason: EngineReason): "provider_refused" | "provider_busy" | "provider_unavailable" {
  if (engineReasons[reason] < 500) return "provider_refused";
  // A store fills by what clients ask for, so that it must open nothing.
  return reason === "store_full" ? "provider_busy" : "provider_unavailable";
}
