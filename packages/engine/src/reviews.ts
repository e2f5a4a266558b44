import { isId } from "@require-action/core";
import { type ActionMoves, isOverdue } from "./action-moves.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import { parseLimit } from "./page-limit.ts";
import type { ActionKey, ActionRecord } from "./store/records.ts";
import type { Page } from "./store/store.ts";
import { parseActionKey } from "./track-input.ts";

const MAX_NOTE = 2000;

/** Who decides, and what they have to say about it. */
export interface ReviewDecision {
  /** The reviewer's id, as the application knows it. Never the one whose action it is. */
  readonly reviewer: string;
  readonly note?: string;
}

/** The queue of actions that a person decides. */
export interface Reviews {
  /** Lists open reviews, newest first. */
  list(page?: { readonly limit?: number; readonly after?: string }): Promise<Page<ActionRecord>>;
  /** @throws EngineError `not_found`, `self_review`, `state_conflict` when it was decided or has ended before */
  approve(key: ActionKey, decision: ReviewDecision): Promise<ActionRecord>;
  /** @throws EngineError as {@link approve} */
  reject(key: ActionKey, decision: ReviewDecision): Promise<ActionRecord>;
}

export function createReviews({ store, clock, audit }: EngineContext, moves: ActionMoves): Reviews {
  async function decide(
    key: ActionKey,
    to: "REVIEW_SUCCEEDED" | "REVIEW_FAILED",
    { reviewer, note }: ReviewDecision,
  ): Promise<ActionRecord> {
    if (note !== undefined && !isNote(note)) {
      throw new EngineError("request_invalid", `note must be a text of at most ${MAX_NOTE} characters, without NUL.`);
    }
    parseActor(reviewer);
    const action = await moves.find(parseActionKey(key));
    if (action === undefined) throw new EngineError("not_found", "There is no such action.");
    try {
      refuseSelfReview(action, reviewer);
    } catch (error) {
      const { userId, action: code, actionId } = action;
      await audit.append({
        type: "review.refused",
        at: clock.now(),
        userId,
        action: code,
        actionId,
        reason: "self_review",
      });
      throw error;
    }
    const moved =
      action.state === "REVIEW_REQUIRED" && action.review !== undefined
        ? await moves.move(action, to, {
            actor: reviewer,
            review: { ...action.review, reviewer, decidedAt: clock.now(), ...(note === undefined ? {} : { note }) },
          })
        : undefined;
    if (moved === undefined) throw new EngineError("state_conflict", "The review is not open any more.");
    return moved;
  }

  return {
    async list({ limit, after } = {}) {
      const page = await store.listActions({
        state: "REVIEW_REQUIRED",
        limit: parseLimit(limit),
        ...(after === undefined ? {} : { after }),
      });
      const now = clock.now();
      return { ...page, items: page.items.filter((action) => !isOverdue(action, now)) };
    },
    approve: (key, decision) => decide(key, "REVIEW_SUCCEEDED", decision),
    reject: (key, decision) => decide(key, "REVIEW_FAILED", decision),
  };
}

function isNote(note: unknown): boolean {
  return typeof note === "string" && note.length <= MAX_NOTE && note.isWellFormed() && !note.includes("\0");
}

/** @throws EngineError `self_review` */
export function refuseSelfReview({ userId }: ActionRecord, reviewer: string): void {
  if (reviewer === userId) throw new EngineError("self_review", "Nobody reviews an action of their own.");
}

/** Reads who decides. @throws EngineError `request_invalid` */
export function parseActor(actor: unknown): string {
  if (!isId(actor)) throw new EngineError("request_invalid", "Who decides must be named by an id.");
  return actor;
}
