import type { Engine } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import { type Html, html } from "../../pages/html.ts";
import { visible } from "../../pages/visible-text.ts";
import type { Viewer } from "../page/console-page.ts";
import {
  actionField,
  amountOf,
  headline,
  nameOf,
  outcomeOf,
  span,
  actionTag,
  votesOf,
  whyOf,
} from "../page/describe-action.ts";
import { address } from "../page/return-to.ts";
import { may } from "../page/roles.ts";
import { signedApprovals } from "./signed-approvals.ts";
import { countText, type Filter, filterAddress, PAGE_SIZE, scopeOf, type Status, statuses } from "./review-filter.ts";

/** What a page of the queue is made of. */
export interface QueueSurroundings {
  readonly engine: Engine;
  readonly viewer: Viewer;
  readonly now: number;
  /** Reviews that came later are marked as new. */
  readonly seenAt: number | undefined;
}

/** Reviews of one status in dense rows, open ones by their end: each with what it is about, and the buttons that decide it. */
export async function queuePage(surroundings: QueueSurroundings, filter: Filter): Promise<Html> {
  const { engine, viewer, now, seenAt } = surroundings;
  const { status, after } = filter;
  const scope = { ...scopeOf(filter), mayLag: true };
  const [{ items, next }, counts, isSigned] = await Promise.all([
    engine.reviews.list({ ...scope, status, limit: PAGE_SIZE, ...(after !== undefined && { after }) }),
    engine.reviews.count(scope),
    signedApprovals(engine, viewer.reviewer),
  ]);
  const isNew = ({ createdAt }: ActionRecord): boolean => seenAt !== undefined && createdAt > seenAt;
  const fresh = status === "open" ? items.filter(isNew).length : 0;
  const isBulk = may(viewer.role, "decide") && status === "open" && items.length > 0;
  const columns = status === "open" ? ["Age", "Ends in", "Decide"] : ["Asked", "Outcome"];
  return html`${tabs(filter, counts)}
    <div class="toolbar">
      ${filterForm(filter)}
      <p data-news="${status === "open" ? filterAddress("news", filter, { since: String(now) }) : ""}">
        <span class="muted">Export:</span>
        ${(["csv", "json"] as const).map((format) => html` <a href="${filterAddress("export", filter, { format })}" download>${format.toUpperCase()}</a>`)}
      </p>
    </div>
    ${
      items.length === 0
        ? html`<p class="card muted">${emptyText(filter)}</p>`
        : html`<div class="toolbar">
              ${isBulk && bulkBar(filter)}
              ${fresh > 0 && html`<p class="muted"><span class="tag open">${fresh} new</span> since you last looked.</p>`}
            </div>
            <div class="scroll queue" tabindex="0" role="region" aria-label="Reviews" data-token="${viewer.formToken}">
              <table>
                <thead>
                  <tr>
                    ${isBulk && html`<th scope="col"><span class="hidden">Select</span></th>`}
                    ${["Amount", "User", "Action", "Why", ...columns].map((column) => html`<th scope="col">${column}</th>`)}
                  </tr>
                </thead>
                <tbody>
                  ${items.map((action) => row(action, surroundings, filter, { isBulk, isNew: isNew(action), isSigned: isSigned(action) }))}
                </tbody>
              </table>
            </div>`
    }
    ${
      (next !== undefined || after !== undefined) &&
      html`<p class="pages">
        ${after !== undefined && html`<a href="${filterAddress("reviews", filter)}">First page</a>`}
        ${next !== undefined && html`<a href="${filterAddress("reviews", filter, { after: next })}" data-next="">Next page</a>`}
      </p>`
    } `;
}

function tabs(filter: Filter, counts: Readonly<Record<Status, number>>): Html {
  return html`<nav class="tabs" aria-label="Status">
    ${statuses.map(([status, label]) => {
      const current = status === filter.status ? html` aria-current="page"` : undefined;
      return html`<a href="${filterAddress("reviews", { ...filter, status })}" ${current}
        >${label} <span class="count" data-count="${status}">${countText(counts[status])}</span></a
      >`;
    })}
  </nav>`;
}

function filterForm(filter: Filter): Html {
  const { status, userId = "", code = "" } = filter;
  return html`<form method="get" action="reviews" class="filters">
    ${status !== "open" && html`<input type="hidden" name="status" value="${status}" />`}
    <label>User <input name="user" value="${userId}" autocomplete="off" /></label>
    ${actionField(code)}
    <button class="plain">Show</button>
    ${(userId !== "" || code !== "") && html`<a href="${filterAddress("reviews", { status })}">All</a>`}
  </form>`;
}

function bulkBar(filter: Filter): Html {
  return html`<form method="get" action="decide" id="bulk" class="bulk">
    <input type="hidden" name="back" value="${filterAddress("reviews", filter)}" />
    <button class="plain" name="decision" value="approve">Approve selected</button>
    <button class="plain" name="decision" value="reject">Reject selected</button>
  </form>`;
}

function row(
  action: ActionRecord,
  { engine, viewer, now }: QueueSurroundings,
  filter: Filter,
  { isBulk, isNew, isSigned }: { readonly isBulk: boolean; readonly isNew: boolean; readonly isSigned: boolean },
): Html {
  const { actionId, userId, createdAt, review, reviewClaim } = action;
  const name = nameOf(action, engine);
  const isOwn = viewer.userIds.includes(userId);
  const votes = votesOf(action);
  const link = address("case", { id: actionId });
  const cell = (label: string, content: Html | string): Html => html`<td data-label="${label}">${content}</td>`;
  const open = html`${cell("Age", span(createdAt, now))}
  ${cell("Ends in", review === undefined ? "" : endsIn(review.expiresAt, now))}
  ${cell("Decide", may(viewer.role, "decide") && !isOwn ? buttons(action, name, filter, isSigned) : html`<span class="muted">${isOwn ? "Your own action" : ""}</span>`)}`;
  const ended = html`${cell("Asked", html`${span(createdAt, now)} ago`)}
  ${cell("Outcome", html`${actionTag(action, engine)} ${outcomeOf(action, engine)}`)}`;
  return html`<tr data-case="${actionId}" data-name="${visible(name)}">
    ${isBulk && html`<td class="pick">${!isOwn && html`<input type="checkbox" form="bulk" name="case" value="${actionId}" aria-label="Select ${name}" />`}</td>`}
    ${cell("Amount", html`<a href="${link}" class="amount" aria-label="Open ${name}">${amountOf(action, engine) ?? "Open"}</a> ${isNew && html`<span class="tag open">new</span>`}`)}
    ${cell("User", html`${userId} ${reviewClaim !== undefined && reviewClaim.until > now && html`<span class="tag who">${reviewClaim.reviewer === viewer.reviewer ? "You are" : html`${reviewClaim.reviewer} is`} looking</span>`}`)}
    ${cell("Action", headline(action))}
    ${cell("Why", html`${whyOf(action)} ${votes !== undefined && html`<span class="tag">${votes}</span>`}`)}
    ${filter.status === "open" ? open : ended}
  </tr>`;
}

/** Red for what ends within an hour. */
function endsIn(expiresAt: number, now: number): Html {
  return html`<span class="${expiresAt - now < 60 * 60_000 ? "soon" : ""}">${span(expiresAt, now)}</span>`;
}

/**
 * Leads to a page that asks once more; where the console's script runs, the decision is held back for ten seconds instead, unless it
 * is signed there.
 */
function buttons({ actionId }: ActionRecord, name: string, filter: Filter, isSigned: boolean): Html {
  return html`<form method="get" action="decide" class="decide" ${!isSigned && html` data-decide=""`}>
    <input type="hidden" name="case" value="${actionId}" />
    <input type="hidden" name="back" value="${filterAddress("reviews", filter)}" />
    <button name="decision" value="approve" aria-label="Approve ${name}">Approve</button>
    <button name="decision" value="reject" class="reject" aria-label="Reject ${name}">Reject</button>
  </form>`;
}

function emptyText({ status, userId, code }: Filter): string {
  if (userId !== undefined || code !== undefined) return "No review matches.";
  if (status === "open") return "Nothing is waiting for a review.";
  return status === "expired" ? "No review has expired." : `No review was ${status}.`;
}
