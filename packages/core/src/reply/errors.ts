/** Where each code is explained; every code of {@link errorCatalog} has an anchor there. */
const ERRORS_DOCUMENT = "https://github.com/require-action/require-action/blob/main/docs/errors.md";

/**
 * Every error of the kit: its HTTP status and the one sentence that says what it means and what to do.
 * Codes are stable: they may be added to, never renamed.
 */
export const errorCatalog = {
  // What a client of a guarded route can receive.
  challenge_required: {
    status: 403,
    title: "Complete the challenge, then repeat the request with the Action-Token header.",
  },
  enrollment_required: { status: 403, title: "Enroll an authenticator first, then repeat the request." },
  review_required: {
    status: 202,
    title: "The action is under review. Repeat the request later with its idempotencyKey as Action-Token.",
  },
  action_blocked: { status: 403, title: "This action cannot be completed for security reasons." },
  action_token_malformed: {
    status: 400,
    title: "Send exactly one Action-Token header, of at most 4096 visible ASCII bytes.",
  },
  action_token_invalid: {
    status: 403,
    title: "The action token is not valid for this request. Start the action again without it.",
  },
  action_token_expired: { status: 403, title: "The approval has expired. Start the action again without the token." },
  challenge_incomplete: {
    status: 403,
    title: "The challenge has not been completed yet. Complete it, then repeat the request with its result token.",
  },
  challenge_failed: { status: 403, title: "The challenge failed. Start the action again without the token." },
  action_denied_by_user: {
    status: 403,
    title: "The user says that they did not ask for this action, so it has ended. Do not start it again by itself.",
  },
  review_rejected: { status: 403, title: "A reviewer rejected the action." },
  action_parameters_changed: {
    status: 403,
    title: "The request differs from the one that was approved. Repeat it unchanged, or start the action again.",
  },
  verification_method_insufficient: {
    status: 403,
    title: "The action needs a stronger verification method. Start it again and use one of verificationMethods.",
  },
  action_token_used: {
    status: 409,
    title: "This approval has already been used. Start the action again without the token.",
  },
  authentication_required: { status: 401, title: "Sign in first." },
  user_id_invalid: {
    status: 400,
    title:
      "The signed-in user's id is invalid: it must be 1 to 256 UTF-8 bytes of well-formed Unicode, without control characters.",
  },
  bound_field_missing: {
    status: 400,
    title: "The request lacks a field that this action requires. Send it, and try again.",
  },
  bound_field_invalid: {
    status: 400,
    title: "A bound field must be a string, a boolean or a safe integer. Send money as a decimal string.",
  },
  request_unbindable: {
    status: 400,
    title:
      "The request cannot be bound. Send plain JSON of limited depth and size, without duplicate names, lone surrogates or numbers that lose precision.",
  },
  body_type_unsupported: {
    status: 415,
    title: "The request body has a content type that is not accepted here. Send the type that the API documents.",
  },
  body_too_large: {
    status: 413,
    title: "The request body is larger than this route reads. Send a smaller one.",
  },
  request_unresolvable: {
    status: 400,
    title: "The request lacks data that the decision needs. Correct the request, and try again.",
  },
  client_disconnected: {
    status: 499,
    title: "The client disconnected before the action ran. Its approval is still good.",
  },
  decision_unavailable: {
    status: 503,
    title: "No decision is available right now, and nothing was done. Repeat the request later.",
  },
  // Faults of the application, passed to the framework's own error handling.
  body_not_parsed: {
    status: 500,
    title: "The request body was not parsed. Mount a parser for its content type before the guard.",
  },
  body_not_bindable: {
    status: 500,
    title:
      "A multipart body cannot be bound as a whole, as its files would be left out. Declare bind with the fields that matter.",
  },
  resolver_failed: { status: 500, title: "A resolver of the guard threw, or returned a value of the wrong type." },
  action_not_passed: {
    status: 500,
    title: "The handler was reached without its guard. Mount requireAction in front of it.",
  },
  // Thrown at start-up.
  configuration_invalid: { status: 500, title: "An option is invalid." },
  // Thrown by providers and ledgers, or said of queues, and seen in events.
  provider_unavailable: { status: 503, title: "The provider did not answer in time, or answered with an error." },
  provider_refused: {
    status: 400,
    title: "The provider cannot decide this request: data that it needs is missing or of the wrong type.",
  },
  provider_busy: { status: 503, title: "The provider is overloaded. Retry later." },
  provider_misconfigured: {
    status: 503,
    title: "Something other than the provider answers at its address. Correct it.",
  },
  provider_answer_invalid: {
    status: 503,
    title: "The provider's answer is malformed or contradicts the request, so it was not used.",
  },
  queue_unavailable: { status: 503, title: "The queue of parked actions did not keep the action in time." },
  ledger_unavailable: { status: 503, title: "The ledger did not answer in time, or is full." },
} as const;

/** A stable error code; narrow on it in a `switch`. */
export type ErrorCode = keyof typeof errorCatalog;

/** Details of an error: none of them may hold a secret, a token or a code. */
export interface RequireActionErrorOptions {
  /** What happened here, for the developer; the catalogue's title when absent. */
  readonly detail?: string;
  /** The application's own error behind this one. Never a provider's, which may hold its credentials. */
  readonly cause?: unknown;
}

/** Any error of the kit. `status` and `expose` are what Express's and Koa's own error handling read. */
export class RequireActionError extends Error {
  override readonly name: string = "RequireActionError";
  readonly code: ErrorCode;
  readonly status: number;
  /** The message without the code in front. */
  readonly detail: string;
  /** True when the message may be shown to the client. */
  readonly expose: boolean;
  /** The page that explains this code. */
  readonly helpUrl: string;

  constructor(code: ErrorCode, { detail, cause }: RequireActionErrorOptions = {}) {
    const text = detail ?? errorCatalog[code].title;
    super(`${code}: ${text}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = text;
    this.status = errorCatalog[code].status;
    this.expose = this.status < 500;
    this.helpUrl = helpUrl(code);
  }
}

/**
 * A wrong option, found when a guard, an engine or a route is declared. The message names the declaration, the option and
 * what is wrong with it; a value is never quoted, as it may be a secret in the wrong place.
 */
export class ConfigurationError extends RequireActionError {
  override readonly name: string = "ConfigurationError";
  /** The path of the option, as `passkeys.origins[0]`. */
  readonly option: string;
  /** What is wrong with the option, and how to mend it. */
  readonly problem: string;
  /** What was declared: a factory's name, or `requireAction("withdraw-funds")`. */
  readonly declaration: string | undefined;

  constructor(option: string, problem: string, declaration?: string) {
    const wrong = `${option}: ${problem}`;
    super("configuration_invalid", { detail: declaration === undefined ? wrong : `${declaration}: ${wrong}` });
    this.option = option;
    this.problem = problem;
    this.declaration = declaration;
  }
}

/**
 * What a provider throws when it cannot decide. It carries what happened in words of its own, never the transport's
 * error, whose request holds the credentials. A status below 500 (`provider_refused`) says that the request is at fault:
 * it never fails open, or sending nonsense would be a way around a guard. Nor does `provider_busy`, the answer to being
 * called too often, which is a client's to bring about, nor `provider_misconfigured`, which a firewall's answer looks like.
 */
export class ProviderError extends RequireActionError {
  override readonly name: string = "ProviderError";
  /** Seconds after which the provider asked to be called again. */
  readonly retryAfterSeconds: number | undefined;
  /** The attribute that is at fault, as `phoneNumber` or `custom.amount`, where a request was refused for one. */
  readonly field: string | undefined;

  constructor(
    code:
      | "provider_unavailable"
      | "provider_answer_invalid"
      | "provider_refused"
      | "provider_busy"
      | "provider_misconfigured",
    detail: string,
    {
      retryAfterSeconds,
      field,
    }: { readonly retryAfterSeconds?: number | undefined; readonly field?: string | undefined } = {},
  ) {
    super(code, { detail });
    // A provider may have read it from a header that is absent, or a date.
    this.retryAfterSeconds = Number.isFinite(retryAfterSeconds) ? retryAfterSeconds : undefined;
    this.field = field;
  }
}

/** A name of a warning, as `docs/errors.md` lists them. */
export type WarningCode =
  | "RA_ADDRESS_UNREADABLE"
  | "RA_ANY_PROXY_TRUSTED"
  | "RA_CLOCK_JUMPED"
  | "RA_LEDGER_WEAKENED"
  | "RA_MEMORY_LEDGER"
  | "RA_PROXY_NOT_TRUSTED"
  | "RA_RANDOM_SEAL_SECRET";

/** The documentation of the process warnings. */
export const warningsUrl: string = `${ERRORS_DOCUMENT}#process-warnings`;

/** The documentation page of a code, as used in the `type` member of a problem (RFC 9457 section 3.1.1). */
export function helpUrl(code: ErrorCode): string {
  return `${ERRORS_DOCUMENT}#${code}`;
}
