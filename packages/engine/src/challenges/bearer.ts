import type { ActionTransitions } from "../actions/transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import type { TokenClaims } from "../keys/tokens.ts";
import { EngineError } from "../lib/engine-error.ts";
import { recoveryCodeMethod } from "../methods/recovery-code.ts";
import { type Candidates, compareStrength, type VerificationMethod } from "../methods/verification-method.ts";
import type { AuditEventType } from "../store/audit-event.ts";
import type { ActionRecord, AuthenticatorRecord } from "../store/records.ts";

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
        const claims = tokens.read(token, ["challenge", "factors", "result"]);
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

/** @throws EngineError unless the bearer's challenge is open */
export function assertOpen({ claims, action }: Bearer): void {
  if (claims.kind === "result") throw new EngineError("token_invalid", "The token is not valid here.");
  if (claims.kind === "factors" || action.state !== "CHALLENGE_REQUIRED") {
    throw new EngineError("challenge_not_open", "The challenge is no longer open.");
  }
}

/** @throws EngineError unless the bearer's challenge is open to this method */
export function assertAccepts(bearer: Bearer, { name }: VerificationMethod): void {
  assertOpen(bearer);
  const { action } = bearer;
  if (action.allowedVerificationMethods?.includes(name) === false) {
    throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
  }
}

/** The authenticators that a challenge may be answered with, once it is sure that these will do. */
export function challengedOf(bearer: Bearer, method: VerificationMethod): Candidates {
  assertAccepts(bearer, method);
  const { action, authenticators } = bearer;
  const ofMethod = authenticators.filter(
    (one) => one.verificationMethod === method.name && one.verifiedAt !== undefined,
  );
  if (ofMethod.length === 0) {
    throw new EngineError("authenticator_missing", "The user has no authenticator of this method.");
  }
  const [first, ...others] = ofMethod.filter((one) => mayApprove(action, one));
  if (first === undefined) throw tooNew();
  return method.isSingle ? [first] : [first, ...others];
}

/**
 * True where a code may be sent to enrol: to a user without any authenticator, at an address that the backend has given. A
 * right answer then approves, as any first authenticator that is enrolled under the challenge does.
 */
export async function enrollsByChallenge(
  store: Pick<EngineContext["store"], "findUser">,
  { action, authenticators }: Bearer,
  { addressField }: Pick<VerificationMethod, "addressField">,
): Promise<boolean> {
  const isFirst = !authenticators.some(({ verifiedAt }) => verifiedAt !== undefined);
  if (addressField === undefined || !isFirst || action.enrolledBefore !== undefined) return false;
  return (await store.findUser(action.userId))?.[addressField] !== undefined;
}

/** The action of a result token's bearer. @throws EngineError `token_invalid` for a token from before the proof */
export function provedAction({ claims, action }: Bearer): ActionRecord {
  if (claims.kind !== "result") throw new EngineError("token_invalid", "The token is not valid here.");
  return action;
}

/** Why a factor may be changed: the user has none yet, or the token's bearer has shown the right to. */
type FactorAuthority = "first" | "granted";

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
  const isOpen = kind !== "result" && (state === "ALLOW" || state === "CHALLENGE_REQUIRED");
  const isProved = kind === "result" && state === "CHALLENGE_SUCCEEDED";
  // Who used up the last recovery code is left with a result, and with no authenticator. So is whoever had authenticators that
  // the application took away since, perhaps because they were stolen: that result is worth nothing.
  const usedCode = isProved && verificationMethod === recoveryCodeMethod;
  if (change === "add" && verified.length === 0 && (usedCode || isOpen)) return "first";
  if (isOpen && scope.has(`${change}:authenticators`)) return "granted";
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

/**
 * Returns by what authority the bearer of a token may enrol this method.
 * @throws EngineError `factor_change_forbidden`, `verification_method_unknown`, `verification_method_not_allowed`
 */
export function enrollmentAuthority(
  context: Pick<EngineContext, "methods">,
  claims: TokenClaims,
  action: ActionRecord,
  authenticators: readonly AuthenticatorRecord[],
  method: VerificationMethod,
): FactorAuthority {
  const authority = factorAuthority(context, "add", claims, action, authenticators);
  if (method.enroll === undefined) {
    throw new EngineError("verification_method_unknown", "Users cannot enrol this method.");
  }
  // The first factor is one that this action accepts: a weaker one would let nobody on, and it approves the action.
  if (authority === "first" && action.allowedVerificationMethods?.includes(method.name) === false) {
    throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
  }
  return authority;
}

/**
 * False for an authenticator that is newer than an action which only those of before may approve. The methods of then are
 * recorded, so that a first one counts as new whatever the clocks of two processes say.
 */
export function mayApprove(
  { enrolledBefore, createdAt }: Pick<ActionRecord, "enrolledBefore" | "createdAt">,
  { verificationMethod, verifiedAt }: Pick<AuthenticatorRecord, "verificationMethod" | "verifiedAt">,
): boolean {
  if (enrolledBefore === undefined) return true;
  return enrolledBefore.includes(verificationMethod) && verifiedAt !== undefined && verifiedAt <= createdAt;
}

export function tooNew(): EngineError {
  return new EngineError(
    "authenticator_too_new",
    "The authenticator was enrolled after the action was asked for. Ask for the action again.",
  );
}
