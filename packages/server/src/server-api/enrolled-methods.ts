import type { Engine } from "@require-action/engine";

/** Stands in for a lost authenticator: having it is not being enrolled. */
const backupMethod = "RECOVERY_CODE";

/** The methods that a user is enrolled with, each once. @throws EngineError `request_invalid` */
export async function enrolledMethods({ authenticators }: Engine, userId: string): Promise<readonly string[]> {
  const methods = (await authenticators.list(userId)).map(({ verificationMethod }) => verificationMethod);
  return [...new Set(methods)].filter((method) => method !== backupMethod);
}
