import type { Clock } from "@require-action/core";
import { createHmacSha256, type Hmac } from "@require-action/core/options";
import { EngineError } from "../lib/engine-error.ts";
import { isEqual } from "./keyring.ts";

const MAX_TOKEN_LENGTH = 4096;
const CLOCK_TOLERANCE_SECONDS = 5;

/** One kind of token: who mints it, for whom, for how long, and under which keys. */
export interface OwnTokenTerms {
  /** The `typ` of the header, which no other kind has. */
  readonly typ: string;
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
  readonly clock: Clock;
  /** The first key mints, all of them verify, so that they rotate. `id` is the `kid` of the header. */
  readonly keys: readonly { readonly id: string; readonly key: Uint8Array }[];
}

/** JWTs of one kind that are minted and read here, and nowhere else: HS256, within the tick. */
export interface OwnTokens {
  /** Mints a token of these claims. `expiresAt` is in milliseconds since the epoch. */
  mint(claims: object): { readonly token: string; readonly expiresAt: number };
  /** How tokens of this kind begin, under any of its keys. */
  readonly headers: readonly string[];
  /** True for a text that begins as tokens of this kind do, whoever made it. */
  isOfKind(token: string): boolean;
  /** Returns the claims of a token. @throws EngineError `token_invalid`, or `token_expired` for a genuine one */
  read(token: string): Readonly<Record<string, unknown>>;
}

/**
 * Creates the tokens of one kind. Nothing of a token is parsed before its MAC holds: its header must be, byte for byte, one
 * that is minted here. This is no verifier for the tokens of others.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1 the compact form
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1 the claims
 */
export function createOwnTokens({ typ, issuer, audience, lifetimeSeconds, clock, keys }: OwnTokenTerms): OwnTokens {
  const headers = new Map<string, Hmac>(
    keys.map(({ id, key }) => [encode({ alg: "HS256", typ, kid: id }), createHmacSha256(key)]),
  );
  const [[currentHeader, currentMac] = []] = headers;
  if (currentHeader === undefined || currentMac === undefined) throw new TypeError("tokens need a key");
  const seconds = (): number => Math.floor(clock.now() / 1000);

  return {
    mint(claims) {
      const issuedAt = seconds();
      const expiresAt = issuedAt + lifetimeSeconds;
      const payload = encode(Object.assign({}, claims, { iss: issuer, aud: audience, iat: issuedAt, exp: expiresAt }));
      const signed = `${currentHeader}.${payload}`;
      return { token: `${signed}.${currentMac(signed, "base64url")}`, expiresAt: expiresAt * 1000 };
    },
    headers: [...headers.keys()],
    isOfKind: (token) => headers.has(headerOf(token)),
    read(token) {
      if (token.length > MAX_TOKEN_LENGTH) throw invalidToken();
      const header = headerOf(token);
      const macOf = headers.get(header);
      const end = token.lastIndexOf(".");
      if (macOf === undefined || end <= header.length) throw invalidToken();
      if (!isEqual(Buffer.from(token.slice(end + 1)), Buffer.from(macOf(token.slice(0, end), "base64url"))))
        throw invalidToken();
      const payload = Buffer.from(token.slice(header.length + 1, end), "base64url").toString();
      const claims = JSON.parse(payload) as Readonly<Record<string, unknown>>;
      const { iss, aud, iat, exp } = claims;
      if (iss !== issuer || aud !== audience || typeof iat !== "number" || typeof exp !== "number")
        throw invalidToken();
      const now = seconds();
      if (exp <= now - CLOCK_TOLERANCE_SECONDS || now - iat - CLOCK_TOLERANCE_SECONDS > lifetimeSeconds) {
        throw new EngineError("token_expired", "The token has expired.");
      }
      if (iat > now + CLOCK_TOLERANCE_SECONDS) throw invalidToken();
      return claims;
    },
  };
}

/** The first segment of a token: what comes before its first point. */
export function headerOf(token: string): string {
  return token.slice(0, Math.max(0, token.indexOf(".")));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** The refusal of a token, alike for every way of being invalid. */
export function invalidToken(): EngineError {
  return new EngineError("token_invalid", "The token is not valid here.");
}
