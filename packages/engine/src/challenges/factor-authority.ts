import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { recoveryCodeMethod } from "../methods/recovery-code.ts";
import { compareStrength } from "../methods/verification-method.ts";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";
import type { TokenClaims } from "../keys/tokens.ts";

/** Why a factor may be changed: the user has none yet, or the token's bearer has shown the right to. */
export type FactorAuthority = "first" | "granted";

/**
 * Returns whether the bearer of a token may add or remove an authenticator. With a session alone, only the first one may
 * be added: after that the strongest one must have been proved, for this very token, or the application must have
 * granted the scope.
 * @throws EngineError `factor_change_forbidden`
 */
export function factorAuthority(
  { methods }: Pick<EngineContext, "methods">,
  change: "add" | "remove",
  { kind, scope }: TokenClaims,
  { state, verificationMethod }: ActionRecord,
  authenticators: readonly AuthenticatorRecord[],
): FactorAuthority {
  const verified = authenticators.filter(({ verifiedAt }) => verifiedAt !== undefined);
  const isOpen = state === "ALLOW" || state === "CHALLENGE_REQUIRED";
  const isProved = kind === "result" && state === "CHALLENGE_SUCCEEDED";
  // Who used up the last recovery code is left with a result, and with no authenticator. So is whoever had authenticators that
  // the application took away since, perhaps because they were stolen: that result is worth nothing.
  const usedCode = isProved && verificationMethod === recoveryCodeMethod;
  if (change === "add" && verified.length === 0 && (usedCode || (kind === "challenge" && isOpen))) return "first";
  if (kind === "challenge" && isOpen && scope.has(`${change}:authenticators`)) return "granted";
  const proved = methods.get(verificationMethod ?? "")?.strength;
  if (isProved && proved !== undefined && verified.length > 0) {
    // An authenticator of a method that is not offered any more cannot be proved, so none is weaker than it.
    const isStrongest = verified.every(
      (one) => compareStrength(proved, methods.get(one.verificationMethod)?.strength ?? "high") >= 0,
    );
    if (isStrongest) return "granted";
  }
  throw new EngineError("factor_change_forbidden", "Complete a challenge with the strongest authenticator first.");
}
