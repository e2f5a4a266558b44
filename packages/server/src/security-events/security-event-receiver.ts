import { hash, timingSafeEqual } from "node:crypto";
import type { JSONWebKeySet } from "jose";
import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { mediaTypeOf } from "@require-action/core/adapter";
import { declaring, defineOptions, isLoopbackHost, memberOf, option, readOptions } from "@require-action/core/options";
import type { Engine } from "@require-action/engine";
import { type Exchange, fetchHandlerOf, type FetchHandler } from "../http/exchange.ts";
import {
  createTokenReader,
  RefusedTokenError,
  type SecurityEventToken,
  type SecuritySubject,
  subjectOf,
  type TokenRefusal,
} from "./security-event-token.ts";

const caep = "https://schemas.openid.net/secevent/caep/event-type/";
const risc = "https://schemas.openid.net/secevent/risc/event-type/";
/** Events that revoke, by their last word, which the audit trail has as the reason. */
const revoking: ReadonlyMap<string, string> = new Map([
  ...["session-revoked", "credential-change"].map((name) => [caep + name, name] as const),
  ...[
    "account-disabled",
    "account-purged",
    "account-credential-change-required",
    "credential-compromise",
    "sessions-revoked",
  ].map((name) => [risc + name, name] as const),
]);

const MAX_TOKEN_BYTES = 65_536;
const RETRY_AFTER_SECONDS = "5";
/**
 * What was begun up to so long after a token was issued is void: delivery takes its time. What is begun later is not, so that a
 * token which somebody sends again voids nothing of what the user does then.
 */
const DELIVERY_MS = 60 * 60_000;

/** What became of one event. */
export interface SecurityEventReceived {
  /** A URI. */
  readonly type: string;
  readonly jti: string;
  /**
   * `ignored` for events that revoke nothing, `unknown_subject` where `user` knows nobody, `failed` where `user` or the engine's
   * store did: the transmitter was asked to send it again.
   */
  readonly result: "revoked" | "ignored" | "unknown_subject" | "failed";
  readonly userId?: string;
  /** What failed. */
  readonly error?: unknown;
}

/** Options of {@link createSecurityEventReceiver}. */
export interface SecurityEventOptions {
  /** The transmitter's issuer, as its tokens have it in `iss`. */
  readonly issuer: string;
  /** What its tokens for this application have in `aud`. */
  readonly audience: string;
  /** The transmitter's public keys; or `jwksUrl`. */
  readonly jwks?: JSONWebKeySet;
  /** Where its public keys are: `https`, or `http` on a loopback address. */
  readonly jwksUrl?: string;
  /** The `Authorization` header that the transmitter was told to send, where it was. */
  readonly authorization?: string;
  /** The application's user of a subject; nothing for somebody it does not know. */
  readonly user: (subject: SecuritySubject) => string | undefined | Promise<string | undefined>;
  /** Receives what became of each event. What it throws changes nothing. */
  readonly onReceived?: (received: SecurityEventReceived) => void;
  readonly clock?: Clock;
}

const optionsSchema = defineOptions<SecurityEventOptions>({
  required: { issuer: option.id, audience: option.id, user: option.callback },
  optional: {
    jwks: option.matching((value) => Array.isArray(memberOf(value, "keys")), "must be a JSON Web Key Set"),
    jwksUrl: option.setting(isKeyUrl, "must be https, or http on a loopback address"),
    authorization: option.setting((value) => typeof value === "string" && value !== "", "must not be empty"),
    onReceived: option.callback,
    clock: option.withMethods("now"),
  },
});

/**
 * Creates the endpoint for security events of an identity provider, as CAEP, RISC and the Shared Signals Framework have them, pushed
 * by RFC 8935: a session that was revoked there, changed credentials or a disabled account make void what the user, or somebody
 * in their name, has begun here (`engine.users.revoke`). It answers 202 once that is done, and 503 where it could not be.
 * @throws ConfigurationError that names the option
 * @example
 * app.post("/security-events", toNodeHandler(createSecurityEventReceiver(engine, {
 *   issuer: "https://idp.example",
 *   audience: "https://bank.example",
 *   jwksUrl: "https://idp.example/jwks.json",
 *   user: ({ sub }) => (typeof sub === "string" ? `idp|${sub}` : undefined),
 * })));
 */
export function createSecurityEventReceiver(engine: Engine, options: SecurityEventOptions): FetchHandler {
  return declaring("createSecurityEventReceiver", () => assembleReceiver(engine, options));
}

function assembleReceiver(engine: Engine, options: SecurityEventOptions): FetchHandler {
  const read = readOptions("createSecurityEventReceiver", optionsSchema, options);
  const { issuer, audience, jwks, jwksUrl, authorization, user, onReceived, clock = systemClock } = read;
  const keys = jwks === undefined ? { jwksUrl: jwksUrl ?? "" } : { jwks };
  if ((jwks === undefined) === (jwksUrl === undefined)) {
    throw new ConfigurationError("jwksUrl", "must be there, or jwks in its place, and not both");
  }
  const readToken = createTokenReader({ issuer, audience, ...keys }, clock);

  async function receive(token: SecurityEventToken, type: string): Promise<SecurityEventReceived> {
    const { jti, issuedAt } = token;
    const reason = revoking.get(type);
    if (reason === undefined) return { type, jti, result: "ignored" };
    try {
      const subject = subjectOf(token, type);
      const userId = subject === undefined ? undefined : await user(subject);
      if (userId === undefined || userId === null) return { type, jti, result: "unknown_subject" };
      await engine.users.revoke(userId, { until: Math.min(clock.now(), issuedAt + DELIVERY_MS), reason });
      return { type, jti, result: "revoked", userId };
    } catch (error) {
      return { type, jti, result: "failed", error };
    }
  }

  return fetchHandlerOf(async (exchange) => {
    if (exchange.method !== "POST") return new Response(null, { status: 405, headers: { allow: "POST" } });
    if (authorization !== undefined && !isSame(exchange.header("authorization") ?? "", authorization)) {
      return refusal("authentication_failed", "The Authorization header is not the one that was agreed on.");
    }
    let token: SecurityEventToken;
    try {
      token = await readToken(await textOf(exchange));
    } catch (error) {
      return error instanceof RefusedTokenError ? refusal(error.refusal, error.message) : sendAgain();
    }
    let isDone = true;
    for (const type of Object.keys(token.events)) {
      const received = await receive(token, type);
      isDone &&= received.result !== "failed";
      tell(onReceived, received);
    }
    return isDone ? new Response(null, { status: 202, headers: { ...noStore } }) : sendAgain();
  });
}

async function textOf(exchange: Exchange): Promise<string> {
  if (mediaTypeOf(exchange.header("content-type")) !== "application/secevent+jwt") {
    throw new RefusedTokenError("invalid_request", "The body must be application/secevent+jwt.");
  }
  const tooLong = (): Error => new RefusedTokenError("invalid_request", "The token is too long.");
  return (await exchange.text(MAX_TOKEN_BYTES, tooLong)).trim();
}

const noStore = { "cache-control": "no-store" } as const;

function sendAgain(): Response {
  return new Response(null, { status: 503, headers: { ...noStore, "retry-after": RETRY_AFTER_SECONDS } });
}

/** @see https://www.rfc-editor.org/rfc/rfc8935#section-2.3 */
function refusal(err: TokenRefusal | "authentication_failed", description: string): Response {
  return Response.json({ err, description }, { status: 400, headers: { ...noStore, "content-language": "en" } });
}

function tell(listener: SecurityEventOptions["onReceived"], received: SecurityEventReceived): void {
  try {
    listener?.(received);
  } catch {
    // What a listener throws changes no answer.
  }
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", expected, "buffer"));
}

function isKeyUrl(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}
