import { createHash } from "node:crypto";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { isEqual } from "../keys/keyring.ts";
import type { Bearer } from "./bearer.ts";

/** 256 bits in base64url: a key of so many random bits as well as its SHA-256. */
const FORM = /^[\w-]{43}$/;

/**
 * Reads the hash of a result key, which a browser may send with its answer to fetch the result again where the reply is lost.
 * As with PKCE, who reads the request that proves learns nothing by which the result is fetched.
 * @throws EngineError `request_invalid`
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.2
 */
export function parseResultKeyHash(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === "string" && FORM.test(given)) return given;
  throw new EngineError("request_invalid", "resultKeyHash must be a SHA-256 in base64url, without padding.", {
    field: "resultKeyHash",
  });
}

/** Issues a result once more, to whoever has the key of the answer. @throws EngineError `not_found` */
export async function fetchResultAsBearer(
  { audit, clock, tokens }: Pick<EngineContext, "audit" | "clock" | "tokens">,
  { claims, action }: Bearer,
  resultKey: unknown,
): Promise<{ readonly accessToken: string }> {
  const { userId, action: code, actionId, state } = action;
  const isOfProver = claims.kind === "challenge" && isResultKey(resultKey, action.resultKeyHash);
  if (state !== "CHALLENGE_SUCCEEDED" || !isOfProver) {
    throw new EngineError("not_found", "There is no result to be fetched with this key.");
  }
  await audit.append({ type: "result.fetched", at: clock.now(), userId, action: code, actionId, state });
  return { accessToken: tokens.issue("result", action).token };
}

/** True for the key that a hash was made of. */
function isResultKey(given: unknown, resultKeyHash: string | undefined): boolean {
  if (typeof given !== "string" || !FORM.test(given) || resultKeyHash === undefined) return false;
  const hash = createHash("sha256").update(given).digest("base64url");
  return isEqual(Buffer.from(hash), Buffer.from(resultKeyHash));
}
