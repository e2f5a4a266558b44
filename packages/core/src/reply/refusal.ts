import { errorCatalog, type ErrorCode, helpUrl, RequireActionError } from "./errors.ts";

/** The request is answered here. The reply is complete: an adapter writes it as it is. */
export interface Reply {
  readonly kind: "reply";
  readonly code: ErrorCode;
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a refusal differs from the catalogue's plain problem. */
export interface RefusalMembers {
  readonly [member: string]: unknown;
}

export interface RefusalOptions {
  /** Answered in a `Retry-After` header. */
  readonly retryAfterSeconds?: number | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the catalogue's status, as a profile may ask. */
  readonly status?: number;
  /** The application's own error behind it, for events. */
  readonly cause?: unknown;
}

/** Why a request does not go on: a code for the client, and a precise reason that only events carry. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly code: ErrorCode;
  readonly reason: string;
  readonly members: RefusalMembers;
  readonly options: RefusalOptions;

  constructor(code: ErrorCode, reason: string, members: RefusalMembers = {}, options: RefusalOptions = {}) {
    super(`${code}: ${reason}`);
    this.code = code;
    this.reason = reason;
    this.members = members;
    this.options = options;
  }
}

/**
 * Renders a refusal as a complete reply: problem details, or plain JSON for a review, which is not an error.
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export function renderRefusal({ code, members, options }: Refusal): Reply {
  const { title, status: defaultStatus } = errorCatalog[code];
  const status = options.status ?? defaultStatus;
  const isProblem = status >= 400;
  const body = JSON.stringify(
    isProblem ? { type: helpUrl(code), title, status, code, ...members } : { code, message: title, ...members },
  );
  return {
    kind: "reply",
    code,
    status,
    headers: {
      "content-type": isProblem ? "application/problem+json" : "application/json",
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      ...(options.retryAfterSeconds === undefined ? {} : { "retry-after": String(options.retryAfterSeconds) }),
      ...options.headers,
    },
    body,
  };
}

const DEFAULT_RETRY_AFTER_SECONDS = 5;
const MAX_RETRY_AFTER_SECONDS = 300;

/** The refusal of a request that cannot be decided right now, with the time after which to try again. */
export function unavailable(reason: string, askedSeconds: number = DEFAULT_RETRY_AFTER_SECONDS): Refusal {
  const seconds = Number.isFinite(askedSeconds) ? askedSeconds : DEFAULT_RETRY_AFTER_SECONDS;
  const retryAfterSeconds = Math.min(Math.max(Math.ceil(seconds), 1), MAX_RETRY_AFTER_SECONDS);
  return new Refusal("decision_unavailable", reason, {}, { retryAfterSeconds });
}

/**
 * What `claim` throws at a handler that must not go on. Each framework's own error handling answers with its status: Express
 * and Koa read `status` and `expose`, Fastify and Nest `statusCode`, Hono `getResponse`.
 */
export class ClaimRefused extends RequireActionError {
  override readonly name: string = "ClaimRefused";
  readonly statusCode: number;
  /** The complete answer, as the guard would have given it. */
  readonly reply: Reply;

  constructor(code: "action_token_used" | "action_token_expired") {
    super(code);
    this.statusCode = this.status;
    this.reply = renderRefusal(new Refusal(code, this.message));
  }

  /** The reply for Hono's error handling. */
  getResponse(): Response {
    const { status, headers, body } = this.reply;
    return new Response(body, { status, headers });
  }
}
