import type { ActionMoves } from "./action-moves.ts";
import type { AuditEventType } from "./audit-event.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import type { ActionRecord, AuthenticatorRecord } from "./store/records.ts";
import type { TokenClaims } from "./tokens.ts";

/** Whoever holds a token: what it says, and how that action and user stand now. */
export interface Bearer {
  readonly claims: TokenClaims;
  readonly action: ActionRecord;
  readonly authenticators: readonly AuthenticatorRecord[];
}

export interface Bearers {
  /** @throws EngineError `token_invalid`, `token_expired` */
  identify(token: unknown): Promise<Bearer>;
  /** Acts, and records a refusal before it is told. */
  recordingRefusal<T>(
    type: AuditEventType,
    bearer: Bearer,
    verificationMethod: string | undefined,
    act: () => Promise<T>,
  ): Promise<T>;
}

export function createBearers(
  { tokens, store, audit, clock }: EngineContext,
  moves: Pick<ActionMoves, "find">,
): Bearers {
  return {
    async identify(token) {
      try {
        const claims = await tokens.read(token, ["challenge", "result"]);
        const action = await moves.find(claims);
        if (action === undefined) throw new EngineError("token_invalid", "The token is not valid here.");
        return { claims, action, authenticators: await store.listAuthenticators(claims.userId) };
      } catch (error) {
        // Anybody can send garbage, so it is told of but fills no store.
        if (error instanceof EngineError) audit.tell({ type: "token.refused", at: clock.now(), reason: error.reason });
        throw error;
      }
    },
    async recordingRefusal(type, { action }, verificationMethod, act) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof EngineError) {
          const { userId, action: code, actionId } = action;
          await audit.append({
            type,
            at: clock.now(),
            userId,
            action: code,
            actionId,
            reason: error.reason,
            ...(verificationMethod === undefined ? {} : { verificationMethod }),
          });
        }
        throw error;
      }
    },
  };
}
