import { createECDH, createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import type { JWK, JWTVerifyGetKey } from "jose";
import type { EngineContext } from "../context/engine-context.ts";
import { invalidToken } from "../keys/own-tokens.ts";
import type { SessionRecord } from "../store/records.ts";

const ALGORITHM = "ES256";
/** RFC 9068 section 2.1. */
const TYPE = "at+jwt";
const MAX_TOKEN_LENGTH = 4096;
const CLOCK_TOLERANCE_SECONDS = 5;
/** The order of P-256's base point (SP 800-186, section 3.2.1.3). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** What a genuine access token says. */
interface AccessClaims {
  readonly sessionId: string;
  readonly userId: string;
  readonly clientId: string;
  readonly generation: number;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
  readonly isExpired: boolean;
}

/** Access tokens of sessions: whoever has the public keys can verify them. @see https://www.rfc-editor.org/rfc/rfc9068 */
export interface AccessTokens {
  /** Mints one for a session at its generation, with a verified address if there is one. */
  mint(session: SessionRecord, email: string | undefined): Promise<string>;
  /** Reads one that was minted here, expired or not. @throws EngineError `token_invalid` */
  read(token: unknown): Promise<AccessClaims>;
  /** The public keys, as a JSON Web Key Set. */
  publicKeys(): Promise<readonly JWK[]>;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** The public half. */
  readonly jwk: JWK;
}

/** The keys of all secrets, and what finds the one of a token. jose keeps with it what it has read of them. */
interface KeySet {
  readonly keys: readonly SigningKey[];
  readonly known: JWTVerifyGetKey;
}

export function createAccessTokens({
  keyring,
  clock,
  issuer,
  limits,
}: Pick<EngineContext, "keyring" | "clock" | "issuer" | "limits">): AccessTokens {
  let made: Promise<KeySet> | undefined;
  const keySet = (): Promise<KeySet> => (made ??= makeKeySet(keyring.sessionSeeds));
  const seconds = (): number => Math.floor(clock.now() / 1000);

  return {
    async mint({ sessionId, userId, clientId, generation, expiresAt: sessionEnd }, email) {
      const { SignJWT } = await loadJose();
      const [current] = (await keySet()).keys;
      if (current === undefined) throw new TypeError("access tokens need a key");
      const issuedAt = seconds();
      const lifetime = Math.floor(limits.accessTokenLifetimeMs / 1000);
      return new SignJWT({
        client_id: clientId,
        sid: sessionId,
        gen: generation,
        ...(email === undefined ? {} : { email, email_verified: true }),
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: TYPE, kid: current.kid })
        .setIssuer(issuer)
        .setSubject(userId)
        .setAudience(clientId)
        .setJti(randomUUID())
        .setIssuedAt(issuedAt)
        .setExpirationTime(Math.min(issuedAt + lifetime, Math.floor(sessionEnd / 1000)))
        .sign(current.privateKey);
    },
    async read(token) {
      if (typeof token !== "string" || token.length > MAX_TOKEN_LENGTH) throw invalidToken();
      const { errors, jwtVerify } = await loadJose();
      const { known } = await keySet();
      const terms = {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer,
        currentDate: new Date(clock.now()),
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ["sub", "aud", "exp", "iat", "jti"],
      };
      try {
        const { payload } = await jwtVerify(token, known, terms);
        return claimsOf(payload, false);
      } catch (error) {
        // Its signature and all else have been found right by then.
        if (error instanceof errors.JWTExpired) return claimsOf(error.payload, true);
        throw error instanceof errors.JOSEError ? invalidToken() : error;
      }
    },
    publicKeys: async () => (await keySet()).keys.map(({ jwk }) => jwk),
  };
}

/** Loaded when the first session is asked for: an engine without sessions never needs it. */
function loadJose(): Promise<typeof import("jose")> {
  return import("jose");
}

function claimsOf(payload: Readonly<Record<string, unknown>>, isExpired: boolean): AccessClaims {
  const { sub: userId, sid: sessionId, aud: clientId, gen: generation, exp: expiresAt } = payload;
  if (
    typeof userId !== "string" ||
    typeof sessionId !== "string" ||
    typeof clientId !== "string" ||
    typeof generation !== "number" ||
    typeof expiresAt !== "number"
  ) {
    throw invalidToken();
  }
  return { userId, sessionId, clientId, generation, expiresAt, isExpired };
}

async function makeKeySet(seeds: readonly Uint8Array[]): Promise<KeySet> {
  const { createLocalJWKSet } = await loadJose();
  const keys = await Promise.all(seeds.map(signingKeyOf));
  return { keys, known: createLocalJWKSet({ keys: keys.map(({ jwk }) => jwk) }) };
}

/** The key pair of a seed: the same in every process that has the secret. @see FIPS 186-5, A.2.1 */
async function signingKeyOf(seed: Uint8Array): Promise<SigningKey> {
  const scalar = (BigInt(`0x${Buffer.from(seed).toString("hex")}`) % (P256_ORDER - 1n)) + 1n;
  const d = Buffer.from(scalar.toString(16).padStart(64, "0"), "hex");
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(d);
  const point = curve.getPublicKey();
  const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
  const pair = { kty: "EC", crv: "P-256", x, y };
  const { calculateJwkThumbprint } = await loadJose();
  const kid = await calculateJwkThumbprint(pair);
  return {
    kid,
    privateKey: createPrivateKey({ key: { ...pair, d: d.toString("base64url") }, format: "jwk" }),
    jwk: { ...pair, kid, alg: ALGORITHM, use: "sig" },
  };
}
