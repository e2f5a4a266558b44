import { randomUUID } from "node:crypto";
import type { Clock } from "@require-action/core";
import { memberOf } from "@require-action/core/options";
import type { Keyring } from "./keyring.ts";
import { createOwnTokens, headerOf, invalidToken, type OwnTokens } from "./own-tokens.ts";
import type { ActionKey } from "../store/records.ts";

/**
 * A challenge token lets its bearer answer a challenge; a result token says that it was answered. A factors token, of an action
 * that was allowed, lets its bearer manage authenticators within its scope: it answers nothing, whatever becomes of the action. A
 * denial token goes out with a code, and lets its bearer say that they did not ask for it.
 */
type TokenKind = "challenge" | "factors" | "result" | "denial";

/** What a token says: whose action it is about, and never how that action stands. */
export interface TokenClaims extends ActionKey {
  readonly kind: TokenKind;
  /** Of this token alone: two tokens of one action are two bearers. */
  readonly tokenId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** What it permits beyond reading, as `add:authenticators`. */
  readonly scope: ReadonlySet<string>;
}

interface IssuedToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Mints and reads the engine's tokens, with a key and a `typ` to each kind. */
export interface Tokens {
  issue(kind: TokenKind, key: ActionKey, scope?: string): IssuedToken;
  /** @throws EngineError `token_invalid` or `token_expired`, alike for every way of being invalid. */
  read(token: unknown, accepted: readonly TokenKind[]): TokenClaims;
}

export interface TokensOptions {
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly issuer: string;
  readonly lifetimesMs: { readonly challenge: number; readonly result: number; readonly denial: number };
}

const READ = "read:authenticators";
const onlyRead: ReadonlySet<string> = new Set([READ]);

function scopeOf(text: string): ReadonlySet<string> {
  return text === READ ? onlyRead : new Set(text.split(" "));
}

export function createTokens({ keyring, clock, issuer, lifetimesMs }: TokensOptions): Tokens {
  const ofKind = (kind: TokenKind): OwnTokens =>
    createOwnTokens({
      typ: `require-action.${kind}+jwt`,
      issuer,
      // The page and the Client API take challenge tokens, the application's backend takes results.
      audience: `${issuer}#${kind}`,
      lifetimeSeconds: Math.floor(lifetimesMs[kind === "factors" ? "challenge" : kind] / 1000),
      clock,
      keys: keyring.tokenKeys(kind),
    });
  const kinds: Readonly<Record<TokenKind, OwnTokens>> = {
    challenge: ofKind("challenge"),
    factors: ofKind("factors"),
    result: ofKind("result"),
    denial: ofKind("denial"),
  };

  const kindOf = new Map<string, TokenKind>(
    (Object.keys(kinds) as TokenKind[]).flatMap((kind) => kinds[kind].headers.map((header) => [header, kind] as const)),
  );

  return {
    issue: (kind, { userId, action, idempotencyKey }, scope = READ) =>
      kinds[kind].mint({
        scope,
        other: { userId, actionCode: action, idempotencyKey },
        sub: userId,
        jti: randomUUID(),
      }),
    read(token, accepted) {
      if (typeof token !== "string") throw invalidToken();
      const kind = kindOf.get(headerOf(token));
      if (kind === undefined || !accepted.includes(kind)) throw invalidToken();
      const { sub, jti, scope = "", exp, other } = kinds[kind].read(token);
      const userId = memberOf(other, "userId");
      const action = memberOf(other, "actionCode");
      const idempotencyKey = memberOf(other, "idempotencyKey");
      if (
        typeof userId !== "string" ||
        typeof action !== "string" ||
        typeof idempotencyKey !== "string" ||
        typeof scope !== "string" ||
        typeof jti !== "string" ||
        typeof exp !== "number" ||
        sub !== userId
      ) {
        throw invalidToken();
      }
      const expiresAt = exp * 1000;
      return { userId, action, idempotencyKey, kind, tokenId: jti, expiresAt, scope: scopeOf(scope) };
    },
  };
}
