import { isId } from "@require-action/core/provider";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { withinTime } from "../lib/abortable.ts";
import type { ReviewRules } from "../policy/model/types.ts";
import type { ActionRecord } from "../store/records.ts";
import type { ApprovalRecord, ReviewRecord, ReviewVote } from "../store/receipt-records.ts";
import type { PasskeyRequestOptions } from "../webauthn/passkey-options.ts";

/** What a reviewer's browser is to sign. It is good in this browser, once, for ten minutes. */
export interface VoteCeremony {
  readonly challengeId: string;
  readonly options: PasskeyRequestOptions;
}

/** What a reviewer's browser has signed. */
export interface VoteAnswer {
  /** The secret of the browser that the ceremony was begun in. */
  readonly browser: string;
  readonly challengeId: string;
  /** What `navigator.credentials.get()` gave, as JSON. */
  readonly response: unknown;
}

/** Has reviewers who have passkeys sign their votes. */
export interface VoteProofs {
  isAsked(reviewer: string): Promise<boolean>;
  begin(action: ActionRecord, reviewer: string, browser: string): Promise<VoteCeremony | undefined>;
  /** What was signed; `undefined` where it is not this vote of this reviewer, by a passkey of theirs. */
  prove(action: ActionRecord, reviewer: string, answer: VoteAnswer): Promise<ApprovalRecord | undefined>;
}

/** A review as it begins. */
export function openReview(rules: ReviewRules | undefined, lifetimeMs: number, now: number): ReviewRecord {
  const { approvers = 1, of, timeoutMs = lifetimeMs } = rules ?? {};
  return {
    expiresAt: now + timeoutMs,
    ...(approvers === 1 ? {} : { approvers }),
    ...(of === undefined ? {} : { of }),
  };
}

/** True where one person's word does not decide, or not anybody's. */
export function isByVote({ approvers = 1, of }: ReviewRecord): boolean {
  return approvers > 1 || of !== undefined;
}

/** A review with one vote more, and whether those that count are enough. */
interface Counted {
  readonly review: ReviewRecord;
  readonly isApproved: boolean;
}

/** Counts the votes of reviews. */
export interface ReviewVotes {
  /** @throws EngineError `reviewer_not_allowed`, `state_conflict` for one who has voted, `lookup_failed` */
  add(review: ReviewRecord, vote: ReviewVote): Promise<Counted>;
}

export function createReviewVotes({
  reviewerGroups,
  limits,
  store,
}: Pick<EngineContext, "reviewerGroups" | "limits" | "store">): ReviewVotes {
  /** True for somebody whose vote counts, as things are now. */
  async function counts(reviewer: string, of: readonly string[] | undefined): Promise<boolean> {
    // Without it the policy names no groups.
    if (reviewerGroups === undefined) return true;
    let groups: unknown;
    try {
      groups = await withinTime(limits.deliveryTimeoutMs, async () => reviewerGroups(reviewer));
    } catch {
      throw new EngineError("lookup_failed", "The groups of a reviewer cannot be looked up.");
    }
    if (!Array.isArray(groups) || !groups.every(isId)) return false;
    return of === undefined || of.some((group) => groups.includes(group));
  }

  /** True unless the passkey that has signed a vote was removed since, with its reviewer or alone. */
  async function isSignedStill({ reviewer, approval }: ReviewVote): Promise<boolean> {
    const credentialId = approval?.assertion?.credentialId;
    if (credentialId === undefined) return true;
    const { passkeys = [] } = (await store.findReviewer({ reviewerId: reviewer })) ?? {};
    return passkeys.some(({ credential }) => credential.credentialId === credentialId);
  }

  return {
    async add(review, vote) {
      const { approvers = 1, of, votes = [] } = review;
      if (!(await counts(vote.reviewer, of))) {
        throw new EngineError(
          "reviewer_not_allowed",
          "The reviewer is in none of the groups that approve this action.",
        );
      }
      const isSigned = await Promise.all(votes.map(isSignedStill));
      if (votes.some(({ reviewer }, index) => reviewer === vote.reviewer && isSigned[index])) {
        throw new EngineError("state_conflict", "The reviewer has approved this already; it needs others too.");
      }
      const isCounted = await Promise.all(
        votes.map(async ({ reviewer }, index) => isSigned[index] === true && counts(reviewer, of)),
      );
      const counted = isCounted.filter(Boolean).length + 1;
      const isApproved = counted >= approvers;
      const marked = isApproved
        ? votes.map((one, index) => (isCounted[index] ? one : { ...one, isVoid: true as const }))
        : votes;
      const all = [...marked, vote];
      return { review: { ...review, votes: all, voteCount: all.length }, isApproved };
    },
  };
}
