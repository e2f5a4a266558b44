import { isId } from "@require-action/core/provider";
import { type Engine, EngineError, type Reviews } from "@require-action/engine";
import type { VoteAnswer, VoteCeremony } from "@require-action/engine/reviewers";
import type { ActionRecord } from "@require-action/engine/store";
import type { Form } from "../../http/read-form.ts";
import { type Html, html } from "../../pages/html.ts";
import type { Viewer } from "../page/console-page.ts";
import { amountOf, detailList, headline, nameOf, outcomeOf, votesOf, whyOf } from "../page/describe-action.ts";
import { ceremony } from "../page/passkey-form.ts";
import { address, returnTo } from "../page/return-to.ts";
import { findCases, PAGE_SIZE } from "./review-filter.ts";
import { type Decision, decisionFields, decisionOf } from "../page/reasons.ts";

/** What is to be decided, as an address or a form says it. */
export interface Request {
  readonly decision: Decision;
  readonly cases: readonly string[];
  readonly reason: string;
  readonly note: string;
  /** Where to go on afterwards. */
  readonly back: string;
}

/** Reads what an address asks for. @throws EngineError `request_invalid` */
export function parseAddress(search: URLSearchParams): Request {
  return parse(search.getAll("case"), (name) => search.get(name));
}

/** Reads what was posted. @throws EngineError `request_invalid` */
export function parsePosted(form: Form): Request {
  return parse((form.get("cases") ?? "").split(","), (name) => form.get(name));
}

function parse(ids: readonly string[], field: (name: string) => string | null | undefined): Request {
  const decision = decisionOf(field("decision"));
  const cases = [...new Set(ids.filter((id) => id !== ""))];
  if (decision === undefined) throw new EngineError("request_invalid", "Approve or reject?");
  if (cases.length === 0) throw new EngineError("request_invalid", "Select a review first.");
  if (cases.length > PAGE_SIZE || !cases.every(isId)) throw new EngineError("request_invalid", "These are no reviews.");
  const text = (name: string): string => field(name)?.trim() ?? "";
  return { decision, cases, reason: text("reason"), note: text("note"), back: returnTo(field("back")) };
}

/** How approvals are signed with the reviewer's passkey. */
interface Signing {
  /** That of the only review that is asked for. */
  readonly vote: VoteCeremony | undefined;
  /** True of those that are signed, each on a page of its own. */
  readonly isApart: (action: ActionRecord) => boolean;
}

/**
 * Asks once more, for one review or many, with what was written so far. Those that cannot be decided any more, or not by this
 * reviewer, are listed as such.
 */
export function confirmPage(
  request: Request,
  actions: readonly ActionRecord[],
  engine: Engine,
  viewer: Viewer,
  { vote, isApart }: Signing,
): Html {
  const { decision, back } = request;
  const isPossible = (action: ActionRecord): boolean =>
    engine.reviews.status(action) === "open" && !viewer.userIds.includes(action.userId) && !isApart(action);
  const whyNot = (action: ActionRecord): string =>
    outcomeOf(action, engine) ??
    (viewer.userIds.includes(action.userId)
      ? "This is your own action: somebody else has to decide it."
      : "Your passkey signs this approval: open the review, and approve it there.");
  const possible = actions.filter(isPossible);
  const verb = verbs[decision].button;
  const [only] = possible;
  const label =
    possible.length === 1 && only !== undefined
      ? `${verb} ${nameOf(only, engine)}`
      : `${verb} ${possible.length} reviews`;
  return html`<div class="card">
    <ul class="cases">
      ${actions.map((action) => html`<li><a href="${address("case", { id: action.actionId })}">${amountOf(action, engine) !== undefined && html`${amountOf(action, engine)} · `}${headline(action)}</a> · ${action.userId} <span class="muted">${whyOf(action)}</span>${!isPossible(action) && html`<br /><strong>${whyNot(action)}</strong>`}</li>`)}
    </ul>
    ${
      possible.length === 0
        ? html`<p>Nothing is left to decide here. ${request.note !== "" && "Your note is kept here:"}</p>
            ${request.note !== "" && html`<textarea readonly aria-label="Your note">${request.note}</textarea>`}
            <p><a href="${back}">Back</a></p>`
        : html`<form method="post" action="decide" class="stack" ${vote !== undefined && ceremony("get", vote.options)}>
            ${vote !== undefined && only !== undefined && html`${detailList(only, engine)} ${signedFields(decision, vote)}`}
            <input type="hidden" name="formToken" value="${viewer.formToken}" />
            <input type="hidden" name="cases" value="${possible.map(({ actionId }) => actionId).join(",")}" />
            <input type="hidden" name="back" value="${back}" />
            ${decisionFields(request)}
            <p class="muted">A decision cannot be taken back.</p>
            <div class="actions">
              <button name="decision" value="${decision}" class="${decision === "reject" ? "reject" : ""}" autofocus>
                ${label}
              </button>
              <a href="${back}">Back, without deciding</a>
            </div>
          </form>`
    }
  </div>`;
}

/** What became of one decision. */
export interface Result {
  readonly actionId: string;
  readonly isDone: boolean;
  /** What happened instead, in a sentence. */
  readonly text: string;
  /** True where the review waits for others, or for another way. */
  readonly isOpen?: boolean;
}

/** What the browser's passkey fills in: the script sends the form, so that the button's value is a field. */
function signedFields(decision: Decision, { challengeId }: VoteCeremony): Html {
  return html`<input type="hidden" name="decision" value="${decision}" />
    <input type="hidden" name="challengeId" value="${challengeId}" />
    <input type="hidden" name="answer" />
    <p>Your passkey signs this, for the receipt.</p>
    <p class="muted" role="status" data-problem></p>
    <noscript><p>A passkey needs JavaScript.</p></noscript>`;
}

/** Carries a decision out, case by case: one that somebody else was faster with stops none of the others. */
export async function carryOut(
  { decision, cases, reason, note }: Request,
  engine: Engine,
  viewer: Viewer,
  passkey?: VoteAnswer,
): Promise<readonly Result[]> {
  const actions = new Map((await findCases(engine, cases)).map((action) => [action.actionId, action]));
  const { reviewer, userIds } = viewer;
  const why: Parameters<Reviews["approve"]>[1] = {
    reviewer,
    userIds,
    ...(reason !== "" && { reason }),
    ...(note !== "" && { note }),
    ...(passkey !== undefined && { passkey }),
  };
  const results: Result[] = [];
  for (const actionId of cases) {
    const action = actions.get(actionId);
    if (action === undefined) results.push({ actionId, isDone: false, text: "There is no such action." });
    else results.push(await carryOutOne(action));
  }
  return results;

  async function carryOutOne(action: ActionRecord): Promise<Result> {
    const { actionId } = action;
    try {
      const decided = await engine.reviews[decision](action, why);
      // One of several that it takes.
      const isOpen = decided.state === "REVIEW_REQUIRED";
      if (isOpen) return { actionId, isDone: true, text: votesOf(decided) ?? "counted", isOpen };
      return { actionId, isDone: true, text: verbs[decision].done };
    } catch (error) {
      if (!(error instanceof EngineError) || error.reason === "request_invalid") throw error;
      const [now = action] = await findCases(engine, [actionId]);
      const outcome = error.reason === "state_conflict" ? outcomeOf(now, engine) : undefined;
      const isOpen = engine.reviews.status(now) === "open";
      return { actionId, isDone: false, text: outcome ?? error.detail, ...(isOpen && { isOpen }) };
    }
  }
}

/** What happened where not everything was done, with the note to keep. */
export function resultPage(
  request: Request,
  results: readonly Result[],
  actions: readonly ActionRecord[],
  engine: Engine,
  viewer: Viewer,
): Html {
  const byId = new Map(actions.map((action) => [action.actionId, action]));
  const done = results.filter(({ isDone }) => isDone).length;
  const [first] = results.filter(({ isDone }) => !isDone);
  return html`<div class="card">
    <p>
      ${done} of ${results.length} ${verbs[request.decision].done}. What became of
      ${results.length === 1 ? "it" : "the others"}:
    </p>
    <ul class="cases">
      ${results
        .filter(({ isDone }) => !isDone)
        .map(({ actionId, text }) => {
          const action = byId.get(actionId);
          return html`<li>
            <a href="${address("case", { id: actionId })}"
              >${action === undefined ? actionId : nameOf(action, engine)}</a
            >: <strong>${text}</strong>
          </li>`;
        })}
    </ul>
    ${
      request.note !== "" &&
      first !== undefined &&
      html`<form method="post" action="comment" class="stack">
        <input type="hidden" name="formToken" value="${viewer.formToken}" />
        <input type="hidden" name="case" value="${first.actionId}" />
        <label
          >Your note was not written. Keep it as a comment?
          <textarea name="note" maxlength="2000">${request.note}</textarea>
        </label>
        <div class="actions"><button class="plain">Add as a comment</button></div>
      </form>`
    }
    <p><a href="${request.back}">Back to the queue</a></p>
  </div>`;
}

/** What is kept of a form whose session has ended: signing in elsewhere and sending it again decides. */
export function keptPage({ decision, cases, reason, note, back }: Request): Html {
  return html`<div class="card">
    <p>Your session has ended, and nothing was decided. What you wrote is kept on this page.</p>
    <p><a href="sign-in" target="_blank" rel="noopener">Sign in on a new tab</a>, then come back here and go on.</p>
    <form method="post" action="decide" class="stack">
      <input type="hidden" name="cases" value="${cases.join(",")}" />
      <input type="hidden" name="back" value="${back}" />
      ${decisionFields({ decision, reason, note })}
      <div class="actions"><button name="decision" value="${decision}">Go on</button></div>
    </form>
  </div>`;
}

export const verbs: Readonly<Record<Decision, { readonly button: string; readonly done: string }>> = {
  approve: { button: "Approve", done: "approved" },
  reject: { button: "Reject", done: "rejected" },
};
