import type { ActionTransitions } from "../actions/transitions.ts";
import type { AuditEventType } from "../store/audit-event.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";
import type { TokenClaims } from "../keys/tokens.ts";

/** Whoever holds a token: what it says, and how that action and user stand now. */
export interface Bearer {
  readonly claims: TokenClaims;
  readonly action: ActionRecord;
  readonly authenticators: readonly AuthenticatorRecord[];
}

export interface Bearers {
  /** @throws EngineError `token_invalid`, `token_expired` */
  identify(token: unknown): Promise<Bearer>;
  /** Acts, and records a refusal before it is returned. */
  recordingRefusal<T>(
    type: AuditEventType,
    bearer: Bearer,
    verificationMethod: string | undefined,
    act: () => Promise<T>,
  ): Promise<T>;
}

export function createBearers(
  { tokens, store, audit, clock }: EngineContext,
  transitions: Pick<ActionTransitions, "find">,
): Bearers {
  return {
    async identify(token) {
      try {
        const claims = tokens.read(token, ["challenge", "result"]);
        const action = await transitions.find(claims);
        if (action === undefined) throw new EngineError("token_invalid", "The token is not valid here.");
        return { claims, action, authenticators: await store.listAuthenticators(claims.userId) };
      } catch (error) {
        // Anybody can send garbage, so it is emitted but fills no store.
        if (error instanceof EngineError) audit.emit({ type: "token.refused", at: clock.now(), reason: error.reason });
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
