import { isActionCode, isId, type ValidateChallengeAnswer } from "@require-action/core/provider";
import type { ActionKey } from "@require-action/engine/store";
import type { Route } from "../http/router.ts";
import { EngineError } from "@require-action/engine";
import { decodeJwt } from "jose/jwt/decode";
import { isoTime, viewDenial } from "./action-view.ts";
import { type Body, invalid, optionalText, requiredText } from "../http/request-fields.ts";
import type { CodeServices, ServerApiContext } from "./server-api-context.ts";

const MAX_TOKEN_LENGTH = 4096;

/** What a request says the token must be about. */
interface Constraints {
  readonly userId: string | undefined;
  readonly action: string | undefined;
}

/** What a token is worth; of one that is not what it was said to be, no more than that. */
interface TokenWorth extends Omit<ValidateChallengeAnswer, "deniedByUser"> {
  readonly actionCode?: string;
}

/** Finds out what a token of a browser is worth. */
type ReadToken = (token: string, constraints: Constraints, signal: AbortSignal) => Promise<TokenWorth>;

/** Reads the engine's tokens and those of claimed code challenges. */
export function createReadToken({ engine, codes }: ServerApiContext): ReadToken {
  /** What the token is about, once it is known to be genuine and to meet the constraints; otherwise why not. */
  async function read(token: string, constraints: Constraints, signal: AbortSignal): Promise<TokenWorth> {
    if (token.length > MAX_TOKEN_LENGTH) return refusal("invalid_token");
    if (codes !== undefined && codes.tokens.isOne(token)) return readClaim(codes, token, constraints);
    const userId = constraints.userId ?? claimOf(token, "userId");
    const action = constraints.action ?? claimOf(token, "actionCode");
    // What is no id is not in any token.
    if (!isId(userId) || !isActionCode(action)) return refusal("invalid_token");
    const {
      action: code,
      deniedByUser,
      ...answer
    } = await engine.validateChallenge({ token, userId, action }, { signal });
    if (code === undefined || answer.userId === undefined || answer.idempotencyKey === undefined) return answer;
    const { idempotencyKey } = answer;
    const recorded = await engine.actions.find({ userId: answer.userId, action: code, idempotencyKey });
    const updated = recorded?.state === answer.state ? { stateUpdatedAt: isoTime(recorded?.stateUpdatedAt ?? 0) } : {};
    return { ...answer, ...namesOf(code), ...updated, ...viewDenial(deniedByUser) };
  }

  async function readClaim({ tokens }: CodeServices, token: string, constraints: Constraints): Promise<TokenWorth> {
    let key: ActionKey;
    try {
      key = tokens.read(token);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return refusal(error.reason === "token_expired" ? "expired_token" : "invalid_token");
    }
    const { userId, action, idempotencyKey } = key;
    if ((constraints.userId ?? userId) !== userId || (constraints.action ?? action) !== action) {
      return refusal("invalid_token");
    }
    const recorded = await engine.actions.find(key);
    if (recorded === undefined) return refusal("invalid_token");
    const { state, stateUpdatedAt, verificationMethod } = recorded;
    return {
      isValid: state === "CHALLENGE_SUCCEEDED",
      state,
      stateUpdatedAt: isoTime(stateUpdatedAt),
      userId,
      ...namesOf(action),
      idempotencyKey,
      ...(verificationMethod === undefined ? {} : { verificationMethod }),
    };
  }

  return read;
}

/** Returns what a token is worth; a bad one is an answer and not an error. */
export function validateRoute(context: ServerApiContext): Route {
  const read = createReadToken(context);
  return {
    method: "POST",
    path: "/validate",
    handle: async ({ signal, body }) => {
      const token = requiredText(body, "token");
      return read(token, { userId: optionalText(body, "userId"), action: actionOf(body) }, signal);
    },
  };
}

/** An action's code by both of its names: SDKs read either `action` or the older `actionCode`. */
function namesOf(code: string): { readonly action: string; readonly actionCode: string } {
  return { action: code, actionCode: code };
}

/** The action that a request names by either name. @throws EngineError `request_invalid` when they differ */
export function actionOf(body: Body): string | undefined {
  const action = optionalText(body, "action");
  const actionCode = optionalText(body, "actionCode");
  if (action !== undefined && actionCode !== undefined && action !== actionCode) {
    throw invalid("action and actionCode differ: send one of them.");
  }
  return action ?? actionCode;
}

/** Read without proof: the engine is asked whether it is so, as if the caller had said it. */
function claimOf(token: string, name: "userId" | "actionCode"): unknown {
  try {
    const { other } = decodeJwt<{ readonly other?: Readonly<Record<string, unknown>> | null }>(token);
    return other?.[name];
  } catch {
    return undefined;
  }
}

function refusal(error: "invalid_token" | "expired_token"): TokenWorth {
  return { isValid: false, error };
}
