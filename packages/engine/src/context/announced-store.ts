import { eventIdOf } from "../lib/event-id.ts";
import { recoveryCodeMethod } from "../methods/recovery-code.ts";
import type { AuthenticatorRecord, OutboxRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";

const DAY_MS = 24 * 60 * 60_000;
/** Whoever has not taken news for so long gets none of it. */
const LIFETIME_MS = 3 * DAY_MS;

/**
 * A store that puts each change of a user's authenticators into its outbox, and each action that its user has denied, in the
 * step that makes the change. An authenticator is enrolled once and removed once, and an action is denied once, so that the id
 * and the change name the event, whoever reports it.
 */
export function withAnnouncements(store: Store): Store {
  const ownOf = (userId: string): Promise<readonly AuthenticatorRecord[]> => store.listAuthenticators(userId);

  return {
    ...store,
    async transition(change, event, _news, receipts) {
      const { key, to, at, deniedByUser } = change;
      const { actionId } = event;
      if (deniedByUser !== true || actionId === undefined) return store.transition(change, event, undefined, receipts);
      const deniedAt = new Date(at).toISOString();
      const { userId, action, idempotencyKey } = key;
      const news = newsOf("denied", actionId, "action.denied_by_user", at, {
        userId,
        action,
        idempotencyKey,
        state: to,
        deniedAt,
      });
      return store.transition(change, event, [news], receipts);
    },
    async activateAuthenticator(authenticator, activation, event, _news, receipts) {
      const active = { ...authenticator, ...activation.changes, verifiedAt: activation.verifiedAt };
      const replaced = activation.replacesOthers
        ? (await ownOf(authenticator.userId)).filter(
            ({ verificationMethod, userAuthenticatorId }) =>
              verificationMethod === authenticator.verificationMethod &&
              userAuthenticatorId !== authenticator.userAuthenticatorId,
          )
        : [];
      const news = [...announce("created", [active], event.at), ...announce("deleted", replaced, event.at)];
      return store.activateAuthenticator(authenticator, activation, event, news, receipts);
    },
    async deleteAuthenticator(userId, userAuthenticatorId, event, _news, receipts) {
      const removed = (await ownOf(userId)).filter((one) => one.userAuthenticatorId === userAuthenticatorId);
      const news = announce("deleted", removed, event.at);
      return store.deleteAuthenticator(userId, userAuthenticatorId, event, news, receipts);
    },
    async deleteUser(userId, event, _news, receipts) {
      return store.deleteUser(userId, event, announce("deleted", await ownOf(userId), event.at), receipts);
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
    .map((one) => {
      const data = { ...describe(one), ...(change === "deleted" ? { deletedAt: new Date(at).toISOString() } : {}) };
      return newsOf(change, one.userAuthenticatorId, `authenticator.${change}`, at, data);
    });
}

/** News that is due at once, named by what has changed and how. */
function newsOf(change: string, changedId: string, type: string, at: number, data: OutboxRecord["data"]): OutboxRecord {
  const eventId = eventIdOf([change, changedId]);
  return { eventId, type, createdAt: at, dueAt: at, expiresAt: at + LIFETIME_MS, attempts: 0, data };
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
