import { bareCopy, ownObject } from "@require-action/core/options";
import { type Authenticator, type Engine, EngineError } from "@require-action/engine";
import { type ActionKey } from "@require-action/engine/store";
import { decodeJwt, decodeProtectedHeader } from "jose";
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

/** @throws EngineError `token_invalid`, `token_expired` */
export async function readBearer(engine: Engine, request: Request): Promise<PageBearer> {
  const [, token] = /^bearer ([^\s,]+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  if (token === undefined) throw new EngineError("token_invalid", "A bearer token is needed.");
  // The engine proves the token here; what follows reads the claims of one that is known to be genuine.
  const authenticators = await engine.challenges.authenticators(token);
  const { exp, scope, other } = v.parse(claimsSchema, bareCopy(decodeJwt(token)));
  return {
    token,
    key: { userId: other.userId, action: other.actionCode, idempotencyKey: other.idempotencyKey },
    isProved: decodeProtectedHeader(token).typ === "require-action.result+jwt",
    scope: new Set(scope.split(" ")),
    expiresAt: exp * 1000,
    authenticators,
  };
}
