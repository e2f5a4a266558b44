import type { EngineContext } from "../context/engine-context.ts";
import { parsePasskeyName } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { AuthenticatorRecord } from "../store/records.ts";
import { type Bearer, factorAuthority } from "./bearer.ts";

/** Rounds in which the authenticator may be used at the same time before the change is given up. */
const ROUNDS = 5;

/** Takes one of the bearer's authenticators away. @throws EngineError `factor_change_forbidden`, `not_found` */
export async function removeAsBearer(
  context: EngineContext,
  { claims, action, authenticators }: Bearer,
  userAuthenticatorId: string,
): Promise<void> {
  const { store, clock, audit } = context;
  factorAuthority(context, "remove", claims, action, authenticators);
  const { userId, action: code, actionId } = action;
  const event = {
    type: "authenticator.removed",
    at: clock.now(),
    userId,
    action: code,
    actionId,
    userAuthenticatorId,
  } as const;
  if (!(await store.deleteAuthenticator(userId, userAuthenticatorId, event))) {
    throw new EngineError("not_found", "The user has no such authenticator.");
  }
  audit.emit(event);
}

/**
 * Gives one of the bearer's passkeys a name of its owner's. It takes the right to remove it: a name that lies could have its
 * owner remove another one.
 * @throws EngineError `factor_change_forbidden`, `not_found`, `request_invalid`, `state_conflict`
 */
export async function renameAsBearer(
  context: EngineContext,
  { claims, action, authenticators }: Bearer,
  userAuthenticatorId: string,
  name: unknown,
): Promise<void> {
  const { store, clock, audit } = context;
  factorAuthority(context, "remove", claims, action, authenticators);
  const chosen = parsePasskeyName(name);
  let own: readonly AuthenticatorRecord[] = authenticators;
  for (let round = 0; round < ROUNDS; round++) {
    const current = own.find((one) => one.userAuthenticatorId === userAuthenticatorId && one.verifiedAt !== undefined);
    if (current === undefined) throw new EngineError("not_found", "The user has no such authenticator.");
    if (current.credential === undefined) {
      throw new EngineError("request_invalid", "Only passkeys and security keys have names.");
    }
    const renamed = await store.updateAuthenticator(current, { name: chosen });
    if (renamed !== undefined) {
      const { userId, action: code, actionId } = action;
      const { verificationMethod } = renamed;
      await audit.append({
        type: "authenticator.renamed",
        at: clock.now(),
        userId,
        action: code,
        actionId,
        userAuthenticatorId,
        verificationMethod,
      });
      return;
    }
    own = await store.listAuthenticators(action.userId);
  }
  throw new EngineError("state_conflict", "The authenticator was used at the same time. Try again.");
}
