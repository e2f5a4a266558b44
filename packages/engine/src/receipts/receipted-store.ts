import { type Awaitable, isPromiseLike } from "@require-action/core/provider";
import type { AuditEvent } from "../store/audit-event.ts";
import type { AuthenticatorRecord, ReviewerPasskey, ReviewerRecord } from "../store/records.ts";
import type { ReceiptRecord } from "../store/receipt-records.ts";
import type { Store, Transition } from "../store/store.ts";
import { spkiOf } from "../webauthn/public-key.ts";
import {
  approvedEntry,
  approvedId,
  countedVotes,
  decidedEntry,
  decidedId,
  enrolledEntry,
  enrolledId,
  reviewerEnrolledEntry,
  revokedEntry,
  votedEntry,
} from "./entries.ts";
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
      .map(({ userId, userAuthenticatorId: id }) => revokedEntry(at, enrolledId(id), { user: userId }, reason));
  }

  /** What a move is a receipt of: an approval, or the end of one. */
  async function ofTransition(change: Transition, event: AuditEvent): Promise<readonly ReceiptRecord[]> {
    const { key, from, to, at, approval, verificationMethod, verifiedByAuthenticatorId } = change;
    const { actionId = "", actor, reason } = event;
    const { userId } = key;
    if (to === "BLOCK" && from !== "CHALLENGE_REQUIRED" && from !== "REVIEW_REQUIRED") {
      const known = from === "ALLOW" ? undefined : (await store.findAction(key))?.approval;
      return [
        revokedEntry(at, known === undefined ? decidedId({ actionId }) : approvedId(known), { user: userId }, reason),
      ];
    }
    const voted = await ofVote(change, actionId);
    if (approval === undefined) return voted;
    const by = { method: verificationMethod, authenticator: verifiedByAuthenticatorId, actor };
    const votes = voted.length === 0 ? undefined : countedVotes(change.review!);
    const entry = await signed(approvedEntry(at, { actionId, userId }, approval, by, votes));
    const credential = approval.assertion && (await store.findCredential(approval.assertion.credentialId));
    const late = credential === undefined ? [] : [await enrolled(at, credential, true)];
    return [...voted, ...late, entry];
  }

  /** The vote that a move adds, and the passkey that has signed it, where that was there before there were receipts. */
  async function ofVote({ review, ifVotes, at }: Transition, actionId: string): Promise<readonly ReceiptRecord[]> {
    const { reviewer = "", approval } = (ifVotes === undefined ? undefined : review?.votes?.at(-1)) ?? {};
    if (approval === undefined) return [];
    const entry = await signed(votedEntry(at, { actionId }, reviewer, approval));
    const { passkeys = [] } = (approval.assertion && (await store.findReviewer({ reviewerId: reviewer }))) ?? {};
    const used = passkeys.find(({ credential }) => credential.credentialId === approval.assertion?.credentialId);
    return used === undefined ? [entry] : [await reviewerEnrolled(at, reviewer, used, true), entry];
  }

  async function reviewerEnrolled(
    at: number,
    reviewer: string,
    { credential: { credentialId, publicKey } }: ReviewerPasskey,
    isLate: boolean,
  ): Promise<ReceiptRecord> {
    return reviewerEnrolledEntry(at, reviewer, credentialId, await spkiOf(publicKey), isLate);
  }

  /** Notes which passkeys a reviewer has from now on, and which no more. Before it is so: none votes without, or is thought to. */
  async function noteReviewer(
    { at, reason, type }: AuditEvent,
    before: ReviewerRecord | undefined,
    after: ReviewerRecord | undefined,
  ): Promise<void> {
    const { reviewerId } = (after ?? before)!;
    const has = (record: ReviewerRecord | undefined, { credential }: ReviewerPasskey): boolean =>
      record?.passkeys.some((one) => one.credential.credentialId === credential.credentialId) ?? false;
    for (const passkey of after?.passkeys ?? []) {
      if (!has(before, passkey)) await store.putReceipts([await reviewerEnrolled(at, reviewerId, passkey, false)]);
    }
    for (const passkey of before?.passkeys ?? []) {
      const of = enrolledId(passkey.credential.credentialId);
      if (!has(after, passkey))
        await store.putReceipts([revokedEntry(at, of, { reviewer: reviewerId }, reason ?? type)]);
    }
    onEntry();
  }

  /** Announces entries once they are there, and may be there: a step of which no answer came may have been made. */
  async function announcing<Answer>(step: PromiseLike<Answer>): Promise<Answer> {
    try {
      return await step;
    } finally {
      onEntry();
    }
  }

  function noting<Answer>(receipts: readonly ReceiptRecord[], step: Promise<Answer>): Promise<Answer> {
    return receipts.length > 0 ? announcing(step) : step;
  }

  /** The same for a step that some stores have made when they return. */
  function announcingNow<Answer>(step: Awaitable<Answer>): Awaitable<Answer> {
    if (isPromiseLike(step)) return announcing(step);
    onEntry();
    return step;
  }

  return {
    ...store,
    record(action, user, event) {
      return announcingNow(store.record(action, user, event, decidedEntry(issuer, action)));
    },
    async transition(change, event, news) {
      const receipts = await ofTransition(change, event);
      return noting(receipts, store.transition(change, event, news, receipts));
    },
    async addAuthenticator(authenticator, event) {
      // First, so that there is none without: recovery codes, and what the application vouches for.
      if (authenticator.verifiedAt !== undefined) {
        await store.putReceipts([await enrolled(event.at, authenticator, false)]);
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
    async putReviewer(reviewer, event) {
      // With each use of a passkey, too, which is no news.
      if (event.type === "reviewer.passkey_added" || event.type === "reviewer.passkey_removed") {
        await noteReviewer(event, await store.findReviewer({ reviewerId: reviewer.reviewerId }), reviewer);
      }
      return store.putReviewer(reviewer, event);
    },
    async deleteReviewer(reviewerId, event) {
      const before = await store.findReviewer({ reviewerId });
      if (before !== undefined) await noteReviewer(event, before, undefined);
      return store.deleteReviewer(reviewerId, event);
    },
    putReceipts(receipts) {
      return announcingNow(store.putReceipts(receipts));
    },
  };
}
