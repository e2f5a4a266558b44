import { isId } from "@require-action/core/provider";
import { type ActionTransitions, isOverdue } from "./transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { parseLimit, parseObject } from "../lib/arguments.ts";
import type { ActionKey, ActionRecord } from "../store/records.ts";
import type { Page } from "../store/store.ts";
import { parseActionKey } from "../context/track-input.ts";

const MAX_NOTE = 2000;

/** Who decides, and what they have to say about it. */
export interface ReviewDecision {
  /** The reviewer's id, for the audit trail. */
  readonly reviewer: string;
  /**
   * The users who are this very person, none of whose actions the reviewer may decide. By default the one of the reviewer's id,
   * which is right only where reviewers and users have ids of one kind: never for ids of another system.
   */
  readonly userIds?: readonly string[];
  readonly note?: string;
}

/** The queue of actions that a person decides. */
export interface Reviews {
  /** Lists open reviews, newest first. With `mayLag` a new one may be missing; those that are listed are as they stand. */
  list(page?: {
    readonly limit?: number;
    readonly after?: string;
    readonly mayLag?: boolean;
  }): Promise<Page<ActionRecord>>;
  /**
   * @throws EngineError `not_found`, `self_review`, `state_conflict` when it was decided or has ended before, `action_unknown`
   * when the policy in force has dropped the action and refuses it
   */
  approve(key: ActionKey, decision: ReviewDecision): Promise<ActionRecord>;
  /** @throws EngineError as {@link approve} */
  reject(key: ActionKey, decision: ReviewDecision): Promise<ActionRecord>;
}

export function createReviews({ store, clock, audit }: EngineContext, transitions: ActionTransitions): Reviews {
  async function decide(
    key: ActionKey,
    to: "REVIEW_SUCCEEDED" | "REVIEW_FAILED",
    decision: ReviewDecision,
  ): Promise<ActionRecord> {
    const { reviewer, note, userIds } = parseObject(decision, "decision");
    if (note !== undefined && !isNote(note)) {
      throw new EngineError("request_invalid", `note must be a text of at most ${MAX_NOTE} characters, without NUL.`);
    }
    parseActor(reviewer);
    const makers: unknown = userIds ?? [reviewer];
    if (!isListOfIds(makers)) throw new EngineError("request_invalid", "userIds must be a list of ids.");
    const action = await transitions.find(parseActionKey(key));
    if (action === undefined) throw new EngineError("not_found", "There is no such action.");
    try {
      refuseSelfReview(action, makers);
    } catch (error) {
      const { userId, action: code, actionId } = action;
      await audit.append({
        type: "review.refused",
        at: clock.now(),
        userId,
        action: code,
        actionId,
        actor: reviewer,
        reason: "self_review",
      });
      throw error;
    }
    const moved =
      action.state === "REVIEW_REQUIRED" && action.review !== undefined
        ? await transitions.move(action, to, {
            actor: reviewer,
            review: { ...action.review, reviewer, decidedAt: clock.now(), ...(note === undefined ? {} : { note }) },
          })
        : undefined;
    if (moved === undefined) throw new EngineError("state_conflict", "The review is no longer open.");
    return moved;
  }

  return {
    async list(page = {}) {
      const { limit, after, mayLag = false } = parseObject(page, "page");
      const found = await store.listActions({
        state: "REVIEW_REQUIRED",
        limit: parseLimit(limit),
        mayLag,
        ...(after === undefined ? {} : { after }),
      });
      // Somebody decides by what is listed.
      const current = mayLag ? await Promise.all(found.items.map((action) => store.findAction(action))) : found.items;
      const now = clock.now();
      const isOpen = (action: ActionRecord | undefined): action is ActionRecord =>
        action?.state === "REVIEW_REQUIRED" && !isOverdue(action, now);
      return { ...found, items: current.filter(isOpen) };
    },
    approve: (key, decision) => decide(key, "REVIEW_SUCCEEDED", decision),
    reject: (key, decision) => decide(key, "REVIEW_FAILED", decision),
  };
}

function isNote(note: unknown): boolean {
  return typeof note === "string" && note.length <= MAX_NOTE && note.isWellFormed() && !note.includes("\0");
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
