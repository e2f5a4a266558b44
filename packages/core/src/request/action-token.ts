import type { GuardRequest } from "./guard-request.ts";
import { Refusal } from "../reply/refusal.ts";

/** Where a client sends its approval: the one place that is read. */
export const ACTION_TOKEN_HEADER = "action-token";

const MAX_TOKEN_LENGTH = 4096;
/** JWTs, sealed keys and opaque tokens. Neither a comma nor a space, so that two headers joined to one are refused. */
const TOKEN: RegExp = /^[A-Za-z0-9._~+/=-]+$/;

/** The approval that a request brings, or `undefined`. Refuses an empty, doubled, oversized or binary one. */
export function readActionToken(request: Pick<GuardRequest<object>, "header">): string | undefined {
  const token = request.header(ACTION_TOKEN_HEADER);
  if (token === undefined) return undefined;
  if (typeof token !== "string") throw new Refusal("action_token_malformed", "the action token is not a string");
  if (token.length > MAX_TOKEN_LENGTH) throw new Refusal("action_token_malformed", "the action token is too long");
  if (!TOKEN.test(token)) throw new Refusal("action_token_malformed", "there is not exactly one action token");
  return token;
}
