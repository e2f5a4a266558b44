import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import type { Clock } from "@require-action/core";
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
  const headers = new Map<string, KeyObject>(
    keys.map(({ id, key }) => [encode({ alg: "HS256", typ, kid: id }), createSecretKey(key)]),
  );
  const [[currentHeader, currentKey] = []] = headers;
  if (currentHeader === undefined || currentKey === undefined) throw new TypeError("tokens need a key");
  const seconds = (): number => Math.floor(clock.now() / 1000);
  const headerOf = (token: string): string => token.slice(0, Math.max(0, token.indexOf(".")));

  return {
    mint(claims) {
      const issuedAt = seconds();
      const expiresAt = issuedAt + lifetimeSeconds;
      const payload = encode({ ...claims, iss: issuer, aud: audience, iat: issuedAt, exp: expiresAt });
      const signed = `${currentHeader}.${payload}`;
      return { token: `${signed}.${macOf(currentKey, signed)}`, expiresAt: expiresAt * 1000 };
    },
    isOfKind: (token) => headers.has(headerOf(token)),
    read(token) {
      if (token.length > MAX_TOKEN_LENGTH) throw invalidToken();
      const header = headerOf(token);
      const key = headers.get(header);
      const end = token.lastIndexOf(".");
      if (key === undefined || end <= header.length) throw invalidToken();
      if (!isEqual(Buffer.from(token.slice(end + 1)), Buffer.from(macOf(key, token.slice(0, end)))))
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

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function macOf(key: KeyObject, signed: string): string {
  return createHmac("sha256", key).update(signed).digest("base64url");
}

/** The refusal of a token, alike for every way of being invalid. */
export function invalidToken(): EngineError {
  return new EngineError("token_invalid", "The token is not valid here.");
}
