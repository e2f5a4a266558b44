import { randomBytes } from "node:crypto";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { ReviewerRecord } from "../store/records.ts";

/** What of a reviewer may be changed. */
type ReviewerFields = Pick<ReviewerRecord, "role" | "userIds" | "passkeys" | "invitation">;

/**
 * The reviewers in the store, each under a seal of the engine's secrets: whoever writes to the database makes nobody a reviewer,
 * and no reviewer more than they are. A record whose seal is wrong is not there.
 */
export interface ReviewerRegistry {
  list(): Promise<readonly ReviewerRecord[]>;
  find(by: { readonly reviewerId: string } | { readonly userHandle: string }): Promise<ReviewerRecord | undefined>;
  /**
   * Puts there what `next` makes of the reviewer, anew where somebody else was faster. `undefined`, where `next` makes nothing
   * of it.
   * @throws EngineError `state_conflict` when others are faster time and again
   */
  change(
    reviewerId: string,
    event: Omit<AuditEvent, "at">,
    next: (current: ReviewerRecord | undefined) => ReviewerFields | undefined,
  ): Promise<ReviewerRecord | undefined>;
  /** Takes a reviewer away; false when there is none. */
  remove(reviewerId: string, event: Omit<AuditEvent, "at">): Promise<boolean>;
}

/** Rounds in which others may be faster. */
const ROUNDS = 10;
const HANDLE_BYTES = 32;

export function createReviewerRegistry({
  store,
  clock,
  audit,
  keyring,
}: Pick<EngineContext, "store" | "clock" | "audit" | "keyring">): ReviewerRegistry {
  const isSealed = (record: ReviewerRecord): boolean => keyring.isHashOf(record.seal, sealedParts(record));

  function checked(record: ReviewerRecord | undefined): ReviewerRecord | undefined {
    if (record === undefined || isSealed(record)) return record;
    audit.emit({ type: "reviewer.refused", at: clock.now(), reviewer: record.reviewerId, reason: "seal_wrong" });
    return undefined;
  }

  return {
    list: async () => (await store.listReviewers()).filter(isSealed),
    find: async (by) => checked(await store.findReviewer(by)),
    async change(reviewerId, details, next) {
      for (let round = 0; round < ROUNDS; round++) {
        const kept = await store.findReviewer({ reviewerId });
        const fields = next(checked(kept));
        if (fields === undefined) return undefined;
        const at = clock.now();
        const { invitation, ...rest } = fields;
        const unsealed: Omit<ReviewerRecord, "seal"> = {
          reviewerId,
          ...rest,
          ...(invitation === undefined ? {} : { invitation }),
          userHandle: kept?.userHandle ?? randomBytes(HANDLE_BYTES).toString("base64url"),
          createdAt: kept?.createdAt ?? at,
          version: (kept?.version ?? 0) + 1,
        };
        const changed: ReviewerRecord = { ...unsealed, seal: keyring.hashCode(sealedParts(unsealed)) };
        const event = { ...details, at };
        if (!(await store.putReviewer(changed, event))) continue;
        audit.emit(event);
        return changed;
      }
      throw new EngineError("state_conflict", "The reviewer was changed at the same time. Try again.");
    },
    async remove(reviewerId, details) {
      const event = { ...details, at: clock.now() };
      const isRemoved = await store.deleteReviewer(reviewerId, event);
      if (isRemoved) audit.emit(event);
      return isRemoved;
    },
  };
}

/** All that gives authority, in an order of its own: databases keep none of a document's members. */
function sealedParts({
  reviewerId,
  role,
  userIds,
  userHandle,
  passkeys,
  invitation,
  version,
}: Omit<ReviewerRecord, "seal">): readonly string[] {
  const { tokenHash = "", expiresAt = 0, browserHash = "" } = invitation ?? {};
  return [
    "reviewer",
    reviewerId,
    role,
    userHandle,
    String(version),
    tokenHash,
    String(expiresAt),
    browserHash,
    String(userIds.length),
    ...userIds,
    ...passkeys.flatMap(({ credential }) => [credential.credentialId, credential.publicKey]),
  ];
}
