import type { EngineContext } from "../context/engine-context.ts";
import type { Bearer } from "./bearer.ts";
import { challengedId } from "./verify-answer.ts";

/** A code that was sent to the bearer of a token, and that has been neither used nor replaced. */
export interface SentCode {
  readonly userAuthenticatorId: string;
  readonly verificationMethod: string;
  readonly purpose: "challenge" | "enrollment";
  readonly email?: string;
  readonly phoneNumber?: string;
  /** Milliseconds since the epoch, as `expiresAt`. */
  readonly sentAt: number;
  readonly expiresAt: number;
}

/** Lists the codes that an answer to this bearer's action may still have. */
export async function listSentCodes(
  { store, clock, methods }: Pick<EngineContext, "store" | "clock" | "methods">,
  { action, authenticators }: Bearer,
): Promise<readonly SentCode[]> {
  const now = clock.now();
  const found = authenticators.map(async (authenticator): Promise<readonly SentCode[]> => {
    const { userAuthenticatorId, verificationMethod, verifiedAt, enrollment, email, phoneNumber } = authenticator;
    const method = methods.get(verificationMethod);
    // A link is matched by a number that is shown once, and kept nowhere.
    if (method?.addressField === undefined || method.isAnswered !== undefined) return [];
    const isUnderWay = enrollment?.actionId === action.actionId && enrollment.expiresAt > now;
    if (verifiedAt === undefined && !isUnderWay) return [];
    const challenge = await store.findChallenge(action.actionId, challengedId(method, authenticator), now);
    if (challenge === undefined) return [];
    return [
      {
        userAuthenticatorId,
        verificationMethod,
        purpose: verifiedAt === undefined ? "enrollment" : "challenge",
        ...(email === undefined ? {} : { email }),
        ...(phoneNumber === undefined ? {} : { phoneNumber }),
        sentAt: challenge.createdAt,
        expiresAt: challenge.expiresAt,
      },
    ];
  });
  return (await Promise.all(found)).flat();
}
