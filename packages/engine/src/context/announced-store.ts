import { createHash } from "node:crypto";
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
      eventId: idOf(change, one.userAuthenticatorId),
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

/** A UUID of version 8 (RFC 9562 section 5.8). */
function idOf(change: string, userAuthenticatorId: string): string {
  const bytes = createHash("sha256").update(`${change}:${userAuthenticatorId}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
