import { isId } from "@require-action/core/provider";
import { createApproval, createCeremony } from "../receipts/statement.ts";
import { createReviewVotes, isByVote, type VoteAnswer, type VoteCeremony, type VoteProofs } from "./review-votes.ts";
import { type ActionTransitions, isOverdue } from "./transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { parseLimit, parseObject } from "../lib/arguments.ts";
import type { ActionKey, ActionRecord } from "../store/records.ts";
import type { ApprovalRecord, ReviewRecord } from "../store/receipt-records.ts";
import {
  type Page,
  type ReviewCounts,
  type ReviewFilter,
  type ReviewScope,
  type ReviewStatus,
  reviewStatus,
} from "../store/filters.ts";
import { parseActionKey } from "../context/track-input.ts";

const MAX_NOTE = 2000;
const REASON = /^[a-z][a-z0-9_]{0,63}$/;
/** A claim that nobody renews ends by itself, so that a reviewer who has gone home keeps nobody waiting. */
const CLAIM_MS = 5 * 60_000;
/** Others may vote at the same time: of as many as there can be, one is the last. */
const ROUNDS = 20;
/** Beyond it, a count says "so many, or more". */
const MOST_COUNTED = 5_000;
const statuses: readonly ReviewStatus[] = ["open", "approved", "rejected", "expired"];

/** Who decides, and what they have to say about it. */
export interface ReviewDecision {
  /** The reviewer's id, for the audit trail. */
  readonly reviewer: string;
  /**
   * The users who are this very person, none of whose actions the reviewer may decide. By default the one of the reviewer's id,
   * which is right only where reviewers and users have ids of one kind: never for ids of another system.
   */
  readonly userIds?: readonly string[];
  /** Why, in a word that can be counted, as `suspected_fraud`: lower case, digits and underscores, at most 64 characters. */
  readonly reason?: string;
  readonly note?: string;
  /** The reviewer's signature under an approval, where {@link Reviews.beginVote} has asked for one. */
  readonly passkey?: VoteAnswer;
}

/** Which reviews to list; up to 200 at once, 50 unless said otherwise. */
type ReviewQuery = Partial<Omit<ReviewFilter, "now">>;

/** The queue of actions that a person decides. */
export interface Reviews {
  /**
   * Lists reviews of one status, `open` unless said otherwise: open ones by their end, the soonest first; others by their end or
   * decision, the latest first. With `mayLag` a new one may be missing; open ones that are listed are as they stand.
   * @throws EngineError `request_invalid`
   */
  list(query?: ReviewQuery): Promise<Page<ActionRecord>>;
  /** Counts reviews by status, each up to 5,000. */
  count(scope?: Omit<ReviewScope, "now">): Promise<ReviewCounts>;
  /** What has become of an action's review; `undefined` for an action that is under none. Expired is not rejected. */
  status(action: ActionRecord): ReviewStatus | undefined;
  /**
   * Approves, or adds to the approvals where the policy asks for several: the action's `state` says whether they are enough.
   * @throws EngineError `not_found`, `self_review`, `state_conflict` when it was decided or has ended before, or the reviewer has
   * approved before; `reviewer_not_allowed` for one of none of the groups, and for a vote that the reviewer's passkey has not signed; `lookup_failed`; `action_unknown` when the policy in
   * force has dropped the action and refuses it
   */
  approve(key: ActionKey, decision: ReviewDecision): Promise<ActionRecord>;
  /**
   * Begins an approval that the reviewer's passkey signs: of a review by several, or by a group, where receipts are kept and the
   * reviewer has passkeys. Such an approval is refused without. `undefined` where none is asked for.
   * @param browser a secret of the reviewer's browser, in which the answer is to be given
   * @throws EngineError `not_found`
   */
  beginVote(key: ActionKey, reviewer: string, browser: string): Promise<VoteCeremony | undefined>;
  /** Ends the review, whoever has approved. @throws EngineError as {@link approve}, of any reviewer */
  reject(key: ActionKey, decision: ReviewDecision): Promise<ActionRecord>;
  /**
   * Says that a reviewer is looking at an open review, for five minutes. Others may decide it nevertheless.
   * @throws EngineError `not_found`, `state_conflict` when it is not open, or somebody else has claimed it
   */
  claim(key: ActionKey, reviewer: string): Promise<ActionRecord>;
  /** Gives a claim up; another's stays. */
  release(key: ActionKey, reviewer: string): Promise<void>;
  /** Adds what a reviewer writes about a review to the audit trail. @throws EngineError `not_found`, `request_invalid` */
  comment(key: ActionKey, comment: { readonly reviewer: string; readonly note: string }): Promise<void>;
}

export function createReviews(
  context: EngineContext,
  transitions: ActionTransitions,
  proofs: VoteProofs | undefined,
): Reviews {
  const { store, clock, audit, issuer } = context;
  const votes = createReviewVotes(context);

  async function find(key: ActionKey): Promise<ActionRecord> {
    const action = await transitions.find(parseActionKey(key));
    if (action === undefined) throw new EngineError("not_found", "There is no such action.");
    return action;
  }

  async function decide(
    key: ActionKey,
    to: "REVIEW_SUCCEEDED" | "REVIEW_FAILED",
    decision: ReviewDecision,
  ): Promise<ActionRecord> {
    const { reviewer, reason, note, userIds, passkey } = parseObject(decision, "decision");
    if (note !== undefined) parseNote(note);
    if (reason !== undefined && (typeof reason !== "string" || !REASON.test(reason))) {
      throw new EngineError("request_invalid", "reason must be a word of lower case, digits and underscores.");
    }
    parseActor(reviewer);
    const makers: unknown = userIds ?? [reviewer];
    if (!isListOfIds(makers)) throw new EngineError("request_invalid", "userIds must be a list of ids.");
    const action = await find(key);
    try {
      refuseSelfReview(action, makers);
    } catch (error) {
      await refused(action, reviewer, error);
    }
    const why = { ...(reason === undefined ? {} : { reason }), ...(note === undefined ? {} : { note }) };
    return to === "REVIEW_SUCCEEDED" && action.review !== undefined && isByVote(action.review)
      ? vote(action, reviewer, passkey, why)
      : settle(action, to, reviewer, why);
  }

  async function settle(
    action: ActionRecord,
    to: "REVIEW_SUCCEEDED" | "REVIEW_FAILED",
    reviewer: string,
    why: Pick<ReviewRecord, "reason" | "note">,
  ): Promise<ActionRecord> {
    const moved =
      action.state === "REVIEW_REQUIRED" && action.review !== undefined
        ? await transitions.move(action, to, {
            actor: reviewer,
            review: { ...action.review, reviewer, decidedAt: clock.now(), ...why },
            ...why,
          })
        : undefined;
    if (moved === undefined) throw new EngineError("state_conflict", "The review is no longer open.");
    return moved;
  }

  /** Approves as one of several: whoever is the last to be needed moves the action, in the step that adds their vote. */
  async function vote(
    opened: ActionRecord,
    reviewer: string,
    passkey: VoteAnswer | undefined,
    why: Pick<ReviewRecord, "reason" | "note">,
  ): Promise<ActionRecord> {
    const approval = await approvalOf(opened, reviewer, passkey).catch((error: unknown) =>
      refused(opened, reviewer, error),
    );
    for (
      let action: ActionRecord | undefined = opened, round = 0;
      round < ROUNDS;
      round++, action = await find(opened)
    ) {
      if (action.state !== "REVIEW_REQUIRED" || action.review === undefined) break;
      const at = clock.now();
      const { review, isApproved } = await votes
        .add(action.review, { reviewer, at, approval })
        .catch((error: unknown) => refused(opened, reviewer, error));
      const decided = isApproved ? { ...review, reviewer, decidedAt: at, ...why } : review;
      const to = isApproved ? "REVIEW_SUCCEEDED" : "REVIEW_REQUIRED";
      const ifVotes = action.review.voteCount ?? 0;
      const moved = await transitions.move(action, to, { actor: reviewer, review: decided, ifVotes, ...why });
      if (moved !== undefined) return moved;
    }
    throw new EngineError("state_conflict", "The review is no longer open.");
  }

  /** What is approved, by this reviewer. @throws EngineError `reviewer_not_allowed` where a passkey has to sign it, and has not */
  async function approvalOf(
    action: ActionRecord,
    reviewer: string,
    passkey: VoteAnswer | undefined,
  ): Promise<ApprovalRecord> {
    if (proofs === undefined || !(await proofs.isAsked(reviewer))) {
      return createApproval(createCeremony(issuer, action, undefined, reviewer));
    }
    const answer = passkey === undefined ? undefined : parseObject(passkey, "passkey");
    const signed = answer === undefined ? undefined : await proofs.prove(action, reviewer, answer);
    if (signed !== undefined) return signed;
    const detail =
      "Reviewers with passkeys sign this approval with one of theirs. Open the review, and approve it there.";
    throw new EngineError("reviewer_not_allowed", detail);
  }

  /** Records who was refused, and why. */
  async function refused({ userId, action, actionId }: ActionRecord, reviewer: string, error: unknown): Promise<never> {
    const reason = error instanceof EngineError ? error.reason : "lookup_failed";
    const event = {
      type: "review.refused",
      at: clock.now(),
      userId,
      action,
      actionId,
      actor: reviewer,
      reason,
    } as const;
    await audit.append(event);
    throw error;
  }

  /** Claims, or gives up: a claim that has ended already is none. */
  async function claim(key: ActionKey, reviewer: string, lasts: number): Promise<ActionRecord | undefined> {
    const now = clock.now();
    const action = await find(key);
    return store.claimReview(action, { reviewer: parseActor(reviewer), until: now + lasts }, now);
  }

  return {
    async list(query = {}) {
      const { status = "open", limit, ...scope } = parseObject(query, "query");
      if (!statuses.includes(status)) {
        throw new EngineError("request_invalid", `status must be one of ${statuses.join(", ")}.`);
      }
      const now = clock.now();
      const found = await store.listReviews({ ...scope, status, now, limit: parseLimit(limit) });
      if (status !== "open" || scope.mayLag !== true || found.items.length === 0) return found;
      // Somebody decides by what is listed.
      const { items } = await store.listActions({
        actionIds: found.items.map(({ actionId }) => actionId),
        limit: found.items.length,
      });
      const current = new Map(items.map((action) => [action.actionId, action]));
      return {
        ...found,
        items: found.items
          .map(({ actionId }) => current.get(actionId))
          .filter((action) => action !== undefined && reviewStatus(action, now) === "open") as ActionRecord[],
      };
    },
    count: async (scope = {}) => store.countReviews({ ...parseObject(scope, "scope"), now: clock.now() }, MOST_COUNTED),
    status: (action) => reviewStatus(parseObject(action, "action"), clock.now()),
    approve: (key, decision) => decide(key, "REVIEW_SUCCEEDED", decision),
    async beginVote(key, reviewer, browser) {
      if (proofs === undefined) return undefined;
      const action = await find(key);
      const isVote = action.state === "REVIEW_REQUIRED" && action.review !== undefined && isByVote(action.review);
      return isVote ? proofs.begin(action, parseActor(reviewer), browser) : undefined;
    },
    reject: (key, decision) => decide(key, "REVIEW_FAILED", decision),
    async claim(key, reviewer) {
      const claimed = await claim(key, reviewer, CLAIM_MS);
      if (claimed === undefined || isOverdue(claimed, clock.now())) {
        throw new EngineError("state_conflict", "The review is no longer open, or somebody else has claimed it.");
      }
      return claimed;
    },
    release: async (key, reviewer) => void (await claim(key, reviewer, 0)),
    async comment(key, comment) {
      const { reviewer, note } = parseObject(comment, "comment");
      parseActor(reviewer);
      if (parseNote(note) === "") throw new EngineError("request_invalid", "note must not be empty.");
      const { userId, action, actionId } = await find(key);
      await audit.append({
        type: "review.commented",
        at: clock.now(),
        userId,
        action,
        actionId,
        actor: reviewer,
        note,
      });
    },
  };
}

/** Reads a note. @throws EngineError `request_invalid` */
function parseNote(note: unknown): string {
  if (typeof note === "string" && note.length <= MAX_NOTE && note.isWellFormed() && !note.includes("\0")) return note;
  throw new EngineError("request_invalid", `note must be a text of at most ${MAX_NOTE} characters, without NUL.`);
}

function isListOfIds(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isId);
}

/** @throws EngineError `self_review` */
export function refuseSelfReview({ userId }: ActionRecord, reviewer: readonly string[]): void {
  if (reviewer.includes(userId)) throw new EngineError("self_review", "Users cannot review their own actions.");
}

/** Reads who decides. @throws EngineError `request_invalid` */
export function parseActor(actor: unknown): string {
  if (!isId(actor)) throw new EngineError("request_invalid", "reviewer must be a valid id.");
  return actor;
}
