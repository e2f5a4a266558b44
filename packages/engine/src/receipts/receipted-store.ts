import type { AuditEvent } from "../store/audit-event.ts";
import type { AuthenticatorRecord } from "../store/records.ts";
import type { ReceiptRecord } from "../store/receipt-records.ts";
import type { Store, Transition } from "../store/store.ts";
import { spkiOf } from "../webauthn/public-key.ts";
import { approvedEntry, approvedId, decidedEntry, decidedId, enrolledEntry, revokedEntry } from "./entries.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";

interface Parts {
  readonly issuer: string;
  readonly keys: Pick<ReceiptKeys, "sign">;
  /** Called when there are entries to be chained. */
  readonly onEntry: () => void;
}

/**
 * A store that keeps a receipt with each step that decides, approves, enrols or revokes: in the same step, so that none happens
 * without. Where there are no receipts there is no such store, and nothing of it costs anything.
 */
export function withReceipts(store: Store, { issuer, keys, onEntry }: Parts): Store {
  async function signed(receipt: ReceiptRecord): Promise<ReceiptRecord> {
    return { ...receipt, signature: await keys.sign(receipt.entry) };
  }

  async function enrolled(at: number, record: AuthenticatorRecord, isLate: boolean): Promise<ReceiptRecord> {
    const { credential } = record;
    return enrolledEntry(at, record, credential && (await spkiOf(credential.publicKey)), isLate);
  }

  function revoked(at: number, records: readonly AuthenticatorRecord[], reason?: string): readonly ReceiptRecord[] {
    return records
      .filter(({ verifiedAt }) => verifiedAt !== undefined)
      .map(({ userId, userAuthenticatorId: id }) => revokedEntry(at, `enrolled:${id}`, userId, reason));
  }

  /** What a move is a receipt of: an approval, or the end of one. */
  async function ofTransition(change: Transition, event: AuditEvent): Promise<readonly ReceiptRecord[]> {
    const { key, from, to, at, approval, verificationMethod, verifiedByAuthenticatorId } = change;
    const { actionId = "", actor, reason } = event;
    const { userId } = key;
    if (to === "BLOCK" && from !== "CHALLENGE_REQUIRED" && from !== "REVIEW_REQUIRED") {
      const known = from === "ALLOW" ? undefined : (await store.findAction(key))?.approval;
      return [revokedEntry(at, known === undefined ? decidedId({ actionId }) : approvedId(known), userId, reason)];
    }
    if (approval === undefined) return [];
    const by = { method: verificationMethod, authenticator: verifiedByAuthenticatorId, actor };
    const entry = await signed(approvedEntry(at, { actionId, userId }, approval, by));
    const credential = approval.assertion && (await store.findCredential(approval.assertion.credentialId));
    return credential === undefined ? [entry] : [await enrolled(at, credential, true), entry];
  }

  async function noting<Answer>(receipts: readonly ReceiptRecord[], step: Promise<Answer>): Promise<Answer> {
    const answer = await step;
    if (receipts.length > 0) onEntry();
    return answer;
  }

  return {
    ...store,
    record(action, user, event) {
      // What waits is looked for later, so it may be announced before.
      onEntry();
      return store.record(action, user, event, decidedEntry(issuer, action));
    },
    async transition(change, event, news) {
      const receipts = await ofTransition(change, event);
      return noting(receipts, store.transition(change, event, news, receipts));
    },
    async addAuthenticator(authenticator, event) {
      // First, so that there is none without: recovery codes, and what the application vouches for.
      if (authenticator.verifiedAt !== undefined) {
        await store.putReceipt(await enrolled(event.at, authenticator, false));
        onEntry();
      }
      await store.addAuthenticator(authenticator, event);
    },
    async activateAuthenticator(authenticator, activation, event, news) {
      const { userId, userAuthenticatorId, verificationMethod } = authenticator;
      const active = { ...authenticator, ...activation.changes, verifiedAt: activation.verifiedAt };
      const replaced = activation.replacesOthers
        ? (await store.listAuthenticators(userId)).filter(
            (one) => one.verificationMethod === verificationMethod && one.userAuthenticatorId !== userAuthenticatorId,
          )
        : [];
      const receipts = [...revoked(event.at, replaced, "replaced"), await enrolled(event.at, active, false)];
      return noting(receipts, store.activateAuthenticator(authenticator, activation, event, news, receipts));
    },
    async deleteAuthenticator(userId, userAuthenticatorId, event, news) {
      const own = await store.listAuthenticators(userId);
      const removed = own.filter((one) => one.userAuthenticatorId === userAuthenticatorId);
      const receipts = revoked(event.at, removed, event.reason);
      return noting(receipts, store.deleteAuthenticator(userId, userAuthenticatorId, event, news, receipts));
    },
    async deleteUser(userId, event, news) {
      const receipts = revoked(event.at, await store.listAuthenticators(userId), "user_deleted");
      return noting(receipts, store.deleteUser(userId, event, news, receipts));
    },
    putReceipt(receipt) {
      const done = store.putReceipt(receipt);
      onEntry();
      return done;
    },
  };
}
