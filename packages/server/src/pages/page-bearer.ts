import { bareCopy, ownObject } from "@require-action/core/options";
import { type Authenticator, type Engine, EngineError } from "@require-action/engine";
import { type ActionKey } from "@require-action/engine/store";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { decodeJwt } from "jose/jwt/decode";
import * as v from "valibot";

/** The bearer of a page's token. */
export interface PageBearer {
  readonly token: string;
  readonly key: ActionKey;
  /** True once a challenge was completed with the token. */
  readonly isProved: boolean;
  readonly scope: ReadonlySet<string>;
  readonly expiresAt: number;
  readonly authenticators: readonly Authenticator[];
}

const claimsSchema = ownObject({
  exp: v.number(),
  scope: v.optional(v.string(), ""),
  other: ownObject({ userId: v.string(), actionCode: v.string(), idempotencyKey: v.string() }),
});

/** @throws EngineError `token_invalid`; {@link ExpiredBearer} */
export async function readBearer(engine: Engine, request: Request): Promise<PageBearer> {
  const [, token] = /^bearer ([^\s,]+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (token === undefined) throw new EngineError("token_invalid", "A bearer token is needed.");
  return bearerOf(engine, token);
}

/** The bearer of a token that did not come in a header. @throws as {@link readBearer} */
export async function bearerOf(engine: Engine, token: string): Promise<PageBearer> {
  // The engine proves the token here; what follows reads the claims of one that is known to be genuine.
  const authenticators = await provedBy(engine, token);
  const { exp, scope, key } = readClaims(token);
  return {
    token,
    key,
    isProved: decodeProtectedHeader(token).typ === "require-action.result+jwt",
    scope: new Set(scope.split(" ")),
    expiresAt: exp * 1000,
    authenticators,
  };
}

/** The refusal of a genuine token whose time is over, with the action that it was for. */
export class ExpiredBearer extends EngineError {
  readonly key: ActionKey;

  constructor({ detail }: EngineError, key: ActionKey) {
    super("token_expired", detail);
    this.key = key;
  }
}

/** The authenticators of a genuine token's bearer. */
async function provedBy(engine: Engine, token: string): Promise<readonly Authenticator[]> {
  try {
    return await engine.challenges.authenticators(token);
  } catch (error) {
    // Of a token that is not genuine the engine says that it is invalid, whatever time it names.
    if (error instanceof EngineError && error.reason === "token_expired") {
      throw new ExpiredBearer(error, readClaims(token).key);
    }
    throw error;
  }
}

function readClaims(token: string): { readonly exp: number; readonly scope: string; readonly key: ActionKey } {
  const { exp, scope, other } = v.parse(claimsSchema, bareCopy(decodeJwt(token)));
  return { exp, scope, key: { userId: other.userId, action: other.actionCode, idempotencyKey: other.idempotencyKey } };
}
