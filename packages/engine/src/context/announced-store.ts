import { eventIdOf } from "../lib/event-id.ts";
import { recoveryCodeMethod } from "../methods/recovery-code.ts";
import type { AuthenticatorRecord, OutboxRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Whoever has not taken news for so long gets none of it. */
const LIFETIME_MS = 3 * DAY_MS;

/**
 * A store that puts each change of a user's authenticators into its outbox, in the step that makes the change. An authenticator
 * is enrolled once and removed once, so that its id and the change name the event, whoever reports it.
 */
export function withAnnouncements(store: Store): Store {
  const ownOf = (userId: string): Promise<readonly AuthenticatorRecord[]> => store.listAuthenticators(userId);

  return {
    ...store,
    async activateAuthenticator(authenticator, activation, event) {
      const active = { ...authenticator, ...activation.changes, verifiedAt: activation.verifiedAt };
      const replaced = activation.replacesOthers
        ? (await ownOf(authenticator.userId)).filter(
            ({ verificationMethod, userAuthenticatorId }) =>
              verificationMethod === authenticator.verificationMethod &&
              userAuthenticatorId !== authenticator.userAuthenticatorId,
          )
        : [];
      const news = [...announce("created", [active], event.at), ...announce("deleted", replaced, event.at)];
      return store.activateAuthenticator(authenticator, activation, event, news);
    },
    async deleteAuthenticator(userId, userAuthenticatorId, event) {
      const removed = (await ownOf(userId)).filter((one) => one.userAuthenticatorId === userAuthenticatorId);
      return store.deleteAuthenticator(userId, userAuthenticatorId, event, announce("deleted", removed, event.at));
    },
    async deleteUser(userId, event) {
      return store.deleteUser(userId, event, announce("deleted", await ownOf(userId), event.at));
    },
  };
}

/** News of authenticators that can be used, or could. Recovery codes are no authenticator to anybody else. */
function announce(
  change: "created" | "deleted",
  authenticators: readonly AuthenticatorRecord[],
  at: number,
): readonly OutboxRecord[] {
  return authenticators
    .filter(
      ({ verifiedAt, verificationMethod }) => verifiedAt !== undefined && verificationMethod !== recoveryCodeMethod,
    )
    .map((one) => ({
      eventId: eventIdOf([change, one.userAuthenticatorId]),
      type: `authenticator.${change}`,
      createdAt: at,
      dueAt: at,
      expiresAt: at + LIFETIME_MS,
      attempts: 0,
      data: { ...describe(one), ...(change === "deleted" ? { deletedAt: new Date(at).toISOString() } : {}) },
    }));
}

/** @see https://docs.authsignal.com/advanced-usage/webhooks/authenticator-created */
function describe(record: AuthenticatorRecord): Readonly<Record<string, unknown>> {
  const { userId, userAuthenticatorId, verificationMethod, createdAt, email, phoneNumber, credential } = record;
  return {
    userId,
    verificationMethod,
    createdAt: new Date(createdAt).toISOString(),
    userAuthenticatorId,
    ...(email === undefined ? {} : { email }),
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...(credential === undefined ? {} : { credentialId: credential.credentialId, aaguid: credential.aaguid }),
  };
}
