import { randomUUID } from "node:crypto";
import type { Clock } from "@require-action/core";
import { type CryptoKey, decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import * as v from "valibot";
import { EngineError } from "./engine-error.ts";
import type { Keyring } from "./keyring.ts";
import type { ActionKey } from "./store/records.ts";

const MAX_TOKEN_BYTES = 4096;
const CLOCK_TOLERANCE_SECONDS = 5;

/** A challenge token lets its bearer answer a challenge; a result token says that it was answered. */
type TokenKind = "challenge" | "result";

/** What a token says: whose action it is about, and never how that action stands. */
export interface TokenClaims extends ActionKey {
  readonly kind: TokenKind;
  /** What it permits beyond reading, as `add:authenticators`. */
  readonly scope: ReadonlySet<string>;
}

interface IssuedToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Makes and reads the engine's tokens: JWTs under HMAC-SHA-256, a key and a `typ` to each kind. */
export interface Tokens {
  issue(kind: TokenKind, key: ActionKey, scope?: string): Promise<IssuedToken>;
  /** @throws EngineError `token_invalid` or `token_expired`, alike for every way of being invalid. */
  read(token: unknown, accepted: readonly TokenKind[]): Promise<TokenClaims>;
}

const typOf: Readonly<Record<TokenKind, string>> = {
  challenge: "require-action.challenge+jwt",
  result: "require-action.result+jwt",
};

const payloadSchema = v.object({
  sub: v.string(),
  scope: v.optional(v.string(), ""),
  other: v.object({ userId: v.string(), actionCode: v.string(), idempotencyKey: v.string() }),
});

export interface TokensOptions {
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly issuer: string;
  readonly lifetimesMs: Readonly<Record<TokenKind, number>>;
}

export function createTokens({ keyring, clock, issuer, lifetimesMs }: TokensOptions): Tokens {
  const keyOf = (keyId: unknown, kind: TokenKind): Promise<CryptoKey> =>
    (typeof keyId === "string" ? keyring.tokenKey(keyId, `${kind}-token`) : undefined) ?? Promise.reject(invalid());

  return {
    async issue(kind, { userId, action, idempotencyKey }, scope = "read:authenticators") {
      const issuedAt = Math.floor(clock.now() / 1000);
      const expiresAt = issuedAt + Math.floor(lifetimesMs[kind] / 1000);
      const token = await new SignJWT({ scope, other: { userId, actionCode: action, idempotencyKey } })
        .setProtectedHeader({ alg: "HS256", typ: typOf[kind], kid: keyring.currentId })
        .setIssuer(issuer)
        .setAudience(audienceOf(issuer, kind))
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .setJti(randomUUID())
        .sign(await keyOf(keyring.currentId, kind));
      return { token, expiresAt: expiresAt * 1000 };
    },
    async read(token, accepted) {
      // Before anything is decoded: a compact JWS has three parts, and ours are short.
      if (typeof token !== "string" || token.length > MAX_TOKEN_BYTES || token.split(".").length !== 3) throw invalid();
      const kind = accepted.find((one) => typOf[one] === claimedTyp(token));
      if (kind === undefined) throw invalid();
      try {
        const { payload } = await jwtVerify(token, ({ kid }) => keyOf(kid, kind), {
          algorithms: ["HS256"],
          typ: typOf[kind],
          issuer,
          audience: audienceOf(issuer, kind),
          requiredClaims: ["iss", "aud", "sub", "iat", "exp", "jti"],
          maxTokenAge: lifetimesMs[kind] / 1000,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
          currentDate: new Date(clock.now()),
        });
        const { sub, scope, other } = v.parse(payloadSchema, payload);
        if (other.userId !== sub) throw invalid();
        return {
          kind,
          userId: other.userId,
          action: other.actionCode,
          idempotencyKey: other.idempotencyKey,
          scope: new Set(scope.split(" ")),
        };
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw new EngineError("token_expired", "The token has expired.");
        throw invalid();
      }
    },
  };
}

/** Read without proof, to choose which proof to ask for: it can only ever lead to a refusal. */
function claimedTyp(token: string): unknown {
  try {
    return decodeProtectedHeader(token).typ;
  } catch {
    return undefined;
  }
}

/** The page and the Client API take challenge tokens, the application's backend takes results. */
function audienceOf(issuer: string, kind: TokenKind): string {
  return `${issuer}#${kind}`;
}

function invalid(): EngineError {
  return new EngineError("token_invalid", "The token is not valid here.");
}
