import { type ActionState, actionStates } from "@require-action/core/provider";
import { type ActionTransitions, isOverdue } from "./transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import { parseLimit, parseObject } from "../lib/arguments.ts";
import { isByVote, openReview } from "./review-votes.ts";
import { parseActor, refuseSelfReview } from "./reviews.ts";
import type { ActionKey, ActionRecord } from "../store/records.ts";
import type { ActionFilter, Page } from "../store/filters.ts";
import { parseActionKey } from "../context/track-input.ts";

/** Which actions to list; up to 200 at once, 50 unless said otherwise. A review whose time has passed is REVIEW_FAILED. */
export type ActionQuery = Partial<Omit<ActionFilter, "now">>;

/** A move made by the application's backend. */
export interface TransitionRequest {
  readonly state: ActionState;
  /** Who makes it: an operator's id, or the name of a service. */
  readonly actor: string;
  /**
   * The method that the backend verified by itself; needed for CHALLENGE_SUCCEEDED, and must be one that the action
   * accepts.
   */
  readonly verificationMethod?: string;
}

/** The engine's actions, for the application's backend. */
export interface Actions {
  /** Finds an action; `undefined` for one that was never tracked. @throws EngineError `request_invalid` */
  find(key: ActionKey): Promise<ActionRecord | undefined>;
  /** Lists actions, newest first. */
  query(query?: ActionQuery): Promise<Page<ActionRecord>>;
  /**
   * Moves an action along a legal transition.
   * @throws EngineError `not_found`, `transition_illegal`, `state_conflict`, `verification_method_not_allowed`, `self_review`,
   * `action_unknown`
   */
  transition(key: ActionKey, request: TransitionRequest): Promise<ActionRecord>;
}

export function createActions(
  { store, clock, limits, policy }: EngineContext,
  transitions: ActionTransitions,
): Actions {
  return {
    find: async (key) => transitions.find(parseActionKey(key)),
    async query(query = {}) {
      const now = clock.now();
      const page = await store.listActions({ ...parseObject(query, "query"), limit: parseLimit(query.limit), now });
      // Shown as they stand, without a write for each: whoever acts on one finds it so.
      const items = page.items.map((action) =>
        isOverdue(action, now) ? { ...action, state: "REVIEW_FAILED" as const } : action,
      );
      return { ...page, items };
    },
    async transition(key, request) {
      const { state, actor, verificationMethod } = parseObject(request, "request");
      parseActor(actor);
      const action = await transitions.find(parseActionKey(key));
      if (action === undefined) throw new EngineError("not_found", "There is no such action.");
      if (!actionStates.includes(state)) throw new EngineError("request_invalid", "state is not a known action state.");
      if (state === "REVIEW_SUCCEEDED") {
        refuseSelfReview(action, [actor]);
        if (action.review !== undefined && isByVote(action.review)) {
          throw new EngineError(
            "transition_illegal",
            "The policy says who approves this action: they do so by reviews.approve.",
          );
        }
      }
      if (state === "REVIEW_REQUIRED" && action.state === state) {
        throw new EngineError("transition_illegal", "The action is under review already.");
      }
      if (state === "CHALLENGE_SUCCEEDED" && !accepts(action, verificationMethod)) {
        throw new EngineError("verification_method_not_allowed", "The action does not accept this method.");
      }
      const moved = await transitions.move(action, state, {
        actor,
        ...(state === "CHALLENGE_SUCCEEDED" && verificationMethod !== undefined ? { verificationMethod } : {}),
        ...(state === "REVIEW_REQUIRED"
          ? { review: openReview(policy().action(action.action)?.review, limits.reviewLifetimeMs, clock.now()) }
          : {}),
        ...((state === "REVIEW_SUCCEEDED" || state === "REVIEW_FAILED") && action.review !== undefined
          ? { review: { ...action.review, reviewer: actor, decidedAt: clock.now() } }
          : {}),
      });
      if (moved === undefined)
        throw new EngineError("state_conflict", "The action has changed in the meantime. Read it again.");
      return moved;
    },
  };
}

function accepts({ allowedVerificationMethods }: ActionRecord, method: string | undefined): boolean {
  return method !== undefined && (allowedVerificationMethods?.includes(method) ?? true);
}
