import type { ValidateChallengeAnswer, ValidateChallengeRequest } from "@require-action/core/provider";
import type { ActionTransitions } from "../actions/transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { parseObject } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { TokenClaims } from "../keys/tokens.ts";
import { approvedId } from "../receipts/entries.ts";
import type { ActionRecord } from "../store/records.ts";
import { parseActionCode, parseUserId } from "../context/track-input.ts";

/**
 * Returns what a token is worth: the token names an action, and the store has its state.
 * @throws EngineError `request_invalid` when the user or action to compare with is not one.
 */
export type ValidateChallenge = (request: ValidateChallengeRequest) => Promise<ValidateChallengeAnswer>;

export function createValidateChallenge(
  context: Pick<EngineContext, "tokens" | "audit" | "clock" | "receipts">,
  transitions: Pick<ActionTransitions, "find">,
): ValidateChallenge {
  const { tokens, audit, clock } = context;

  async function refuse(request: ValidateChallengeRequest, reason: string): Promise<void> {
    const { userId, action } = request;
    await audit.append({ type: "result.refused", at: clock.now(), userId, action, reason });
  }

  return async (request) => {
    parseUserId(parseObject(request, "request").userId);
    parseActionCode(request.action);
    let claims: TokenClaims;
    try {
      claims = tokens.read(request.token, ["challenge", "factors", "result"]);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      await refuse(request, error.reason);
      return { isValid: false, error: error.reason === "token_expired" ? "expired_token" : "invalid_token" };
    }
    const { kind, userId, action: code, idempotencyKey } = claims;
    if (userId !== request.userId || code !== request.action) {
      await refuse(request, userId === request.userId ? "other_action" : "other_user");
      return { isValid: false, error: "invalid_token" };
    }
    const action = await transitions.find({ userId, action: code, idempotencyKey });
    if (action === undefined) {
      await refuse(request, "action_missing");
      return { isValid: false, error: "invalid_token" };
    }
    const { state, actionId, verificationMethod } = action;
    const identity = { userId, action: code, idempotencyKey };
    if (kind !== "result") {
      // Proof that an action was asked for, never that it was approved: it says how things stand only while that is open.
      await refuse(request, `${kind}_token`);
      if (state === "CHALLENGE_SUCCEEDED") return { isValid: false, error: "invalid_token" };
      return { isValid: false, state, ...identity, ...denialOf(action) };
    }
    const isValid = state === "CHALLENGE_SUCCEEDED";
    const type = isValid ? "result.validated" : "result.refused";
    await audit.append({ type, at: clock.now(), userId, action: code, actionId, state });
    const stateUpdatedAt = new Date(action.stateUpdatedAt).toISOString();
    // Built up rather than spread together, as every approval passes here.
    const answer: Mutable<ValidateChallengeAnswer> = {
      isValid,
      state,
      stateUpdatedAt,
      userId,
      action: code,
      idempotencyKey,
    };
    if (verificationMethod !== undefined) answer.verificationMethod = verificationMethod;
    return Object.assign(answer, denialOf(action), receiptOf(context, action));
  };
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** The receipt of an approval, where receipts are kept. */
export function receiptOf(
  { receipts }: Pick<EngineContext, "receipts">,
  { approval }: ActionRecord,
): { readonly receipt?: string } {
  return receipts === undefined || approval === undefined ? {} : { receipt: approvedId(approval) };
}

/** What answers say of an action that its user has denied. */
export function denialOf({ state, deniedByUser }: ActionRecord): Pick<ValidateChallengeAnswer, "deniedByUser"> {
  return state === "CHALLENGE_FAILED" && deniedByUser === true ? { deniedByUser } : {};
}
