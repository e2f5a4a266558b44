import type { Clock } from "@require-action/core";
import { type ActionKey, EngineError } from "@require-action/engine";
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from "jose";
import * as v from "valibot";
import type { ServerKeys } from "../server-keys.ts";

const TYP = "require-action.claim+jwt";
const LIFETIME_SECONDS = 300;
const CLOCK_TOLERANCE_SECONDS = 5;

const payloadSchema = v.object({
  sub: v.string(),
  other: v.object({ userId: v.string(), actionCode: v.string(), idempotencyKey: v.string() }),
});

/** Tokens for claimed code challenges: each names an action, and never tells how it stands. */
export interface ClaimTokens {
  issue(key: ActionKey): Promise<string>;
  /** @throws EngineError `token_invalid`, `token_expired` */
  read(token: string): Promise<ActionKey>;
}

export function createClaimTokens(tenantId: string, clock: Clock, keys: () => ServerKeys): ClaimTokens {
  return {
    async issue({ userId, action, idempotencyKey }) {
      const [current] = keys().tokenKeys;
      if (current === undefined) throw new EngineError("token_invalid", "There is no key.");
      const now = Math.floor(clock.now() / 1000);
      return new SignJWT({ other: { userId, actionCode: action, idempotencyKey } })
        .setProtectedHeader({ alg: "HS256", typ: TYP, kid: current.id })
        .setIssuer(tenantId)
        .setAudience("validate")
        .setSubject(userId)
        .setIssuedAt(now)
        .setExpirationTime(now + LIFETIME_SECONDS)
        .sign(current.key);
    },
    async read(token) {
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid }) => keys().tokenKeys.find(({ id }) => id === kid)?.key ?? Promise.reject(invalid()),
          {
            algorithms: ["HS256"],
            typ: TYP,
            issuer: tenantId,
            audience: "validate",
            requiredClaims: ["iss", "aud", "sub", "iat", "exp"],
            maxTokenAge: LIFETIME_SECONDS,
            clockTolerance: CLOCK_TOLERANCE_SECONDS,
            currentDate: new Date(clock.now()),
          },
        );
        const { sub, other } = v.parse(payloadSchema, payload);
        if (other.userId !== sub) throw invalid();
        return { userId: other.userId, action: other.actionCode, idempotencyKey: other.idempotencyKey };
      } catch (error) {
        if (error instanceof errors.JWTExpired) throw new EngineError("token_expired", "The token has expired.");
        throw invalid();
      }
    },
  };
}

/** Read without proof, to choose who proves it: it can only ever lead to a refusal. */
export function isClaimToken(token: string): boolean {
  try {
    return decodeProtectedHeader(token).typ === TYP;
  } catch {
    return false;
  }
}

function invalid(): EngineError {
  return new EngineError("token_invalid", "The token is not valid here.");
}
