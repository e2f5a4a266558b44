import type { Clock } from "@require-action/core";
import { memberOf } from "@require-action/core/options";
import { createOwnTokens, invalidToken, type OwnTokens } from "@require-action/engine/server";
import { type ActionKey } from "@require-action/engine/store";
import type { ServerKeys } from "../secrets/server-keys.ts";

const LIFETIME_SECONDS = 300;

/** Tokens for claimed code challenges: each names an action, and never says how it stands. */
export interface ClaimTokens {
  issue(key: ActionKey): string;
  /** True for a text that begins as such a token does, whoever made it. */
  isOne(token: string): boolean;
  /** @throws EngineError `token_invalid`, `token_expired` */
  read(token: string): ActionKey;
}

export function createClaimTokens(tenantId: string, clock: Clock, keys: () => ServerKeys): ClaimTokens {
  let known: OwnTokens | undefined;
  // Deriving the keys takes tens of milliseconds, so it waits for the first token.
  const tokens = (): OwnTokens =>
    (known ??= createOwnTokens({
      typ: "require-action.claim+jwt",
      issuer: tenantId,
      audience: "validate",
      lifetimeSeconds: LIFETIME_SECONDS,
      clock,
      keys: keys().tokenKeys,
    }));
  return {
    issue: ({ userId, action, idempotencyKey }) =>
      tokens().mint({ other: { userId, actionCode: action, idempotencyKey }, sub: userId }).token,
    isOne: (token) => tokens().isOfKind(token),
    read(token) {
      const { sub: userId, other } = tokens().read(token);
      const action = memberOf(other, "actionCode");
      const idempotencyKey = memberOf(other, "idempotencyKey");
      if (typeof userId !== "string" || typeof action !== "string" || typeof idempotencyKey !== "string") {
        throw invalidToken();
      }
      return { userId, action, idempotencyKey };
    },
  };
}
