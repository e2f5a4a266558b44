import type { Clock } from "@require-action/core";
import { type ActionState, actionStates } from "@require-action/core/provider";
import { EngineError, type Store } from "@require-action/engine";
import type { ActionKey, ActionRecord } from "@require-action/engine/store";
import { invalid, optionalText, queryText, requiredText, userIdOf } from "../http/request-fields.ts";
import type { Route } from "../http/router.ts";
import { describeAction, describeListedAction } from "./action-view.ts";
import type { ServerApiContext } from "./server-api-context.ts";

const DAY_MS = 24 * 60 * 60_000;
const HISTORY_MS = 30 * DAY_MS;
const PAGE = 200;
/** The answer has no pages, so it ends somewhere. */
const MAX_LISTED = 1000;

/** Reads, lists and moves tracked actions. @see https://docs.authsignal.com/api-reference/server-api/get-action */
export function actionRoutes({ engine: { actions, reviews }, clock, compatStore }: ServerApiContext): readonly Route[] {
  const path = "/users/:userId/actions/:action/:idempotencyKey";

  const view = (action: ActionRecord): object => describeAction(action, reviews.status(action));

  async function move(key: ActionKey, state: ActionState, method: string | undefined): Promise<ActionRecord> {
    if (compatStore !== undefined) return anyTransition(compatStore, clock, key, state, method);
    if (state === "CHALLENGE_SUCCEEDED" && method === undefined) {
      throw invalid("verificationMethod is missing: name the method that you verified the user by.");
    }
    const verified = method === undefined ? {} : { verificationMethod: method };
    return actions.transition(key, { state, actor: "backend", ...verified });
  }

  return [
    {
      method: "GET",
      path: "/users/:userId/actions",
      async handle({ url, params }) {
        const state = queryText(url, "state");
        const from = Math.max(parseDate(queryText(url, "fromDate")), clock.now() - HISTORY_MS);
        const codes = queryText(url, "codes")?.split(",");
        const listed: ActionRecord[] = [];
        let after: string | undefined;
        do {
          const page = await actions.query({
            userId: userIdOf(params),
            from,
            limit: PAGE,
            ...(codes === undefined ? {} : { codes }),
            ...(state === undefined ? {} : { state: parseState(state) }),
            ...(after === undefined ? {} : { after }),
          });
          listed.push(...page.items);
          after = page.next;
        } while (after !== undefined && listed.length < MAX_LISTED);
        return listed.map(describeListedAction);
      },
    },
    {
      method: "GET",
      path,
      async handle({ params }) {
        const action = await actions.find(keyOf(params));
        if (action === undefined) throw new EngineError("not_found", "There is no such action.");
        return view(action);
      },
    },
    {
      method: "PATCH",
      path,
      async handle({ params, body }) {
        const state = parseState(requiredText(body, "state"));
        return view(await move(keyOf(params), state, optionalText(body, "verificationMethod")));
      },
    },
  ];
}

function keyOf(params: ReadonlyMap<string, string>): ActionKey {
  return {
    userId: params.get("userId") ?? "",
    action: params.get("action") ?? "",
    idempotencyKey: params.get("idempotencyKey") ?? "",
  };
}

function parseState(given: string): ActionState {
  const state = actionStates.find((one) => one === given);
  if (state === undefined) throw invalid("state is not a state of an action.");
  return state;
}

/** Any date and time that JavaScript reads; without one, all there is. */
function parseDate(text: string | undefined): number {
  if (text === undefined) return 0;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw invalid("fromDate must be a date and time in ISO 8601.");
  return at;
}

const REVIEW_LIFETIME_MS = 3 * 24 * 60 * 60_000;

/**
 * Moves an action from any state to any other, as Authsignal's own API does, round the engine's legal transitions.
 * @throws EngineError `not_found`, `state_conflict`
 */
async function anyTransition(
  store: Store,
  clock: Clock,
  key: ActionKey,
  to: ActionState,
  verificationMethod: string | undefined,
): Promise<ActionRecord> {
  const action = await store.findAction(key);
  if (action === undefined) throw new EngineError("not_found", "There is no such action.");
  const { state: from, actionId, userId, action: code } = action;
  if (from === to) return action;
  const at = clock.now();
  const verified = verificationMethod === undefined ? {} : { verificationMethod };
  const moved = await store.transition(
    {
      key,
      from,
      to,
      at,
      ...verified,
      ...(to === "REVIEW_REQUIRED" ? { review: { expiresAt: at + REVIEW_LIFETIME_MS } } : {}),
      // By somebody, so that it does not pass for a review that has expired.
      ...(to === "REVIEW_SUCCEEDED" || to === "REVIEW_FAILED"
        ? { review: { expiresAt: at, ...action.review, reviewer: "backend", decidedAt: at } }
        : {}),
    },
    {
      type: "action.transitioned",
      at,
      userId,
      action: code,
      actionId,
      from,
      state: to,
      actor: "backend",
      reason: "compat",
      ...verified,
    },
  );
  if (moved === undefined)
    throw new EngineError("state_conflict", "The action has changed in the meantime. Read it again.");
  return moved;
}
