import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import type { Clock } from "@require-action/core";
import { memberOf } from "@require-action/core/options";

/** Signatures that a transmitter alone can make. */
const ALGORITHMS = [
  "ES256",
  "ES384",
  "ES512",
  "PS256",
  "PS384",
  "PS512",
  "RS256",
  "RS384",
  "RS512",
  "EdDSA",
  "Ed25519",
];
/** How far ahead a transmitter's clock may be. */
const CLOCK_TOLERANCE_SECONDS = 300;
const FETCH_TIMEOUT_MS = 5000;

/** Whom an event is about, as the transmitter names them: `format` says how. @see https://www.rfc-editor.org/rfc/rfc9493 */
export type SecuritySubject = Readonly<Record<string, unknown>> & { readonly format?: string };

/** A security event token that was verified. */
export interface SecurityEventToken {
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Each event's payload by its type, a URI. */
  readonly events: Readonly<Record<string, unknown>>;
  /** The subject of all events, where the token names one. */
  readonly subject: SecuritySubject | undefined;
}

/** Why a token is refused, in the words of RFC 8935 section 2.4. */
export type TokenRefusal = "invalid_audience" | "invalid_issuer" | "invalid_key" | "invalid_request";

/** A token is not one of the transmitter's for this recipient. */
export class RefusedTokenError extends Error {
  readonly refusal: TokenRefusal;

  constructor(refusal: TokenRefusal, description: string) {
    super(description);
    this.refusal = refusal;
  }
}

/** The transmitter's keys: as they are, or where they are. */
export type TransmitterKeys = { readonly jwks: JSONWebKeySet } | { readonly jwksUrl: string };

/**
 * Creates the reader of a transmitter's tokens. It resolves to what a token says; it rejects with a RefusedTokenError, or with
 * whatever kept it from the transmitter's keys.
 * @see https://www.rfc-editor.org/rfc/rfc8417
 */
export function createTokenReader(
  { issuer, audience, ...keys }: { readonly issuer: string; readonly audience: string } & TransmitterKeys,
  clock: Clock,
): (token: string) => Promise<SecurityEventToken> {
  const keyOf: JWTVerifyGetKey & { readonly coolingDown?: boolean } =
    "jwks" in keys
      ? createLocalJWKSet(keys.jwks)
      : createRemoteJWKSet(new URL(keys.jwksUrl), { timeoutDuration: FETCH_TIMEOUT_MS });

  return async (token) => {
    // Keys that were fetched a moment ago are not fetched again, though the transmitter may have a new one since.
    const mayBeNewer = keyOf.coolingDown === true;
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms: ALGORITHMS,
      audience,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: new Date(clock.now()),
      issuer,
      // What was signed for another purpose, an ID token say, is no event.
      typ: "secevent+jwt",
      requiredClaims: ["iat", "jti", "events"],
    }).catch((error: unknown) => {
      throw mayBeNewer && error instanceof errors.JWKSNoMatchingKey ? error : refusalOf(error);
    });
    return readClaims(payload, clock.now());
  };
}

function readClaims(payload: JWTPayload, now: number): SecurityEventToken {
  const { iat = Number.NaN, jti, events, sub_id: subject } = payload;
  // NumericDate is in seconds, and may have fractions.
  const issuedAt = Math.floor(iat * 1000);
  if (!(issuedAt <= now + CLOCK_TOLERANCE_SECONDS * 1000)) {
    throw new RefusedTokenError("invalid_request", "The token was not issued yet.");
  }
  if (issuedAt < 0) throw new RefusedTokenError("invalid_request", "The token's iat is missing or wrong.");
  if (typeof jti !== "string") throw new RefusedTokenError("invalid_request", "The token's jti is missing or wrong.");
  if (!isRecord(events) || Object.keys(events).length === 0) {
    throw new RefusedTokenError("invalid_request", "The token holds no event.");
  }
  return { jti, issuedAt, events, subject: isRecord(subject) ? subject : undefined };
}

/** The subject of one event: that of its token, or its own, as transmitters of drafts send it. */
export function subjectOf({ subject, events }: SecurityEventToken, type: string): SecuritySubject | undefined {
  const own = memberOf(events[type], "subject");
  return subject ?? (isRecord(own) ? own : undefined);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "iss") return new RefusedTokenError("invalid_issuer", "The token is not of this issuer.");
    if (error.claim === "aud") return new RefusedTokenError("invalid_audience", "The token is not for this recipient.");
    return new RefusedTokenError("invalid_request", `The token's ${error.claim} is missing or wrong.`);
  }
  if (error instanceof errors.JWKSTimeout) return error;
  const isOfKey =
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JWSSignatureVerificationFailed;
  if (isOfKey) return new RefusedTokenError("invalid_key", "The token is not signed by a key of the issuer.");
  const isOfToken =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JOSENotSupported;
  return isOfToken ? new RefusedTokenError("invalid_request", "The body is not a security event token.") : error;
}
