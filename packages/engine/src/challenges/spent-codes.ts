import type { EngineContext } from "../context/engine-context.ts";
import type { AuthenticatorRecord } from "../store/records.ts";

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
