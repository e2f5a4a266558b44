import { randomUUID } from "node:crypto";
import type { EngineContext } from "../context/engine-context.ts";
import { generateRecoveryCodes, recoveryCodeMethod } from "../methods/recovery-code.ts";
import { compareStrength, replacedBy, type VerificationMethod } from "../methods/verification-method.ts";
import type { AuthenticatorRecord } from "../store/records.ts";

/** Gives a user new recovery codes with an authenticator that was enrolled; `undefined` where they cannot stand in for it. */
type RecoveryCodeIssuer = (
  authenticator: AuthenticatorRecord,
  method: VerificationMethod,
) => Promise<readonly string[] | undefined>;

/**
 * Recovery codes come with each authenticator that they can stand in for: one that proves as much as they do. The new list
 * takes the place of the one before in one step, so that nothing counts any more that was proved by that.
 */
export function createRecoveryCodeIssuer({
  store,
  clock,
  audit,
  keyring,
  methods,
}: Pick<EngineContext, "store" | "clock" | "audit" | "keyring" | "methods">): RecoveryCodeIssuer {
  return async function addRecoveryCodes(
    { userId, userAuthenticatorId: enrolledId }: AuthenticatorRecord,
    method: VerificationMethod,
  ): Promise<readonly string[] | undefined> {
    const recovery = methods.get(recoveryCodeMethod);
    if (recovery === undefined || compareStrength(method.strength, recovery.strength) !== 0) return undefined;
    const { codes, hashes } = generateRecoveryCodes(keyring, userId);
    const at = clock.now();
    const identity = { userId, userAuthenticatorId: randomUUID(), verificationMethod: recoveryCodeMethod };
    const pending: AuthenticatorRecord = { ...identity, createdAt: at, version: 0, codeHashes: hashes };
    const started = { type: "authenticator.enrollment_started", at, ...identity } as const;
    await store.addAuthenticator(pending, started);
    audit.emit(started);
    const enrolled = {
      type: "authenticator.enrolled",
      at,
      ...identity,
      ...replacedBy(recovery, await store.listAuthenticators(userId)),
    } as const;
    const activation = { onlyIfFirst: false, replacesOthers: true, verifiedAt: at, changes: {} };
    // Somebody else began later, who is given codes of their own.
    if ((await store.activateAuthenticator(pending, activation, enrolled)) === undefined) return undefined;
    audit.emit(enrolled);
    const current = await store.listAuthenticators(userId);
    if (current.some(({ userAuthenticatorId }) => userAuthenticatorId === enrolledId)) return codes;
    // Removed meanwhile, perhaps with its user: codes that came with it must not be left to whoever is next.
    const removed = { type: "authenticator.removed", at, ...identity, reason: "enrollment_undone" } as const;
    if (await store.deleteAuthenticator(userId, identity.userAuthenticatorId, removed)) audit.emit(removed);
    return undefined;
  };
}

/** Spent recovery codes are none: they must not keep their owner from enrolling anew. Takes them away, and answers the rest. */
export async function removeSpent(
  { store, clock, audit }: Pick<EngineContext, "store" | "clock" | "audit">,
  authenticators: readonly AuthenticatorRecord[],
): Promise<readonly AuthenticatorRecord[]> {
  for (const { userId, userAuthenticatorId } of authenticators.filter(isSpent)) {
    const event = {
      type: "authenticator.removed",
      at: clock.now(),
      userId,
      userAuthenticatorId,
      reason: "spent",
    } as const;
    if (await store.deleteAuthenticator(userId, userAuthenticatorId, event)) audit.emit(event);
  }
  return authenticators.filter((one) => !isSpent(one));
}

/** True for a list of recovery codes without any left. */
export function isSpent({ codeHashes }: AuthenticatorRecord): boolean {
  return codeHashes?.length === 0;
}
