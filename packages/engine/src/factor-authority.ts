import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import type { ActionRecord, AuthenticatorRecord } from "./store/records.ts";
import type { TokenClaims } from "./tokens.ts";

/** Why a factor may be changed: the user has none yet, or the token's bearer has shown the right to. */
export type FactorAuthority = "first" | "granted";

/**
 * Tells whether the bearer of a token may add or remove an authenticator. With a session alone, only the first one may
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
  const strength = (method: string | undefined): number => methods.get(method ?? "")?.strength ?? 0;
  const verified = authenticators.filter(({ verifiedAt }) => verifiedAt !== undefined);
  const isOpen = state === "ALLOW" || state === "CHALLENGE_REQUIRED";
  if (change === "add" && verified.length === 0 && kind === "challenge" && isOpen) return "first";
  if (kind === "challenge" && isOpen && scope.has(`${change}:authenticators`)) return "granted";
  const strongest = Math.max(...verified.map((one) => strength(one.verificationMethod)));
  const isProved = kind === "result" && state === "CHALLENGE_SUCCEEDED" && strength(verificationMethod) >= strongest;
  if (isProved && verified.length > 0) return "granted";
  throw new EngineError("factor_change_forbidden", "Complete a challenge with the strongest authenticator first.");
}
