import type { Engine } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import { detailList, headline, originList, ruleList, stateTag, time } from "./describe-action.ts";
import { type Html, html } from "../pages/html.ts";
import { may } from "./roles.ts";
import type { ConsoleSession } from "./sessions.ts";

const PAGE_SIZE = 20;
const RECENT = 5;

/** The queue of open reviews, each with all that a reviewer needs to decide it. */
export async function queueView(engine: Engine, session: ConsoleSession, after: string | undefined): Promise<Html> {
  const { items, next } = await engine.reviews.list({
    limit: PAGE_SIZE,
    mayLag: true,
    ...(after !== undefined && { after }),
  });
  if (items.length === 0 && next === undefined) return html`<p class="card muted">Nothing is waiting for a review.</p>`;
  const cards = await Promise.all(
    items.map(async (action) => {
      const recent = await engine.actions.query({ userId: action.userId, limit: RECENT + 1 });
      return reviewCard(
        engine,
        action,
        recent.items.filter(({ actionId }) => actionId !== action.actionId).slice(0, RECENT),
        session,
      );
    }),
  );
  return html`${cards}${next !== undefined && html`<p><a href="reviews?after=${encodeURIComponent(next)}">Older reviews</a></p>`}`;
}

function reviewCard(
  engine: Engine,
  action: ActionRecord,
  recent: readonly ActionRecord[],
  session: ConsoleSession,
): Html {
  const { userId, action: code, idempotencyKey, actionId, createdAt, review } = action;
  const isOwn = session.userIds.includes(userId);
  return html`<article class="card" aria-labelledby="${actionId}">
    <div class="head">
      <h2 id="${actionId}">${headline(action)}</h2>
      <span class="muted"
        >Asked ${time(createdAt)}${review !== undefined && html`, ends ${time(review.expiresAt)}`}</span
      >
    </div>
    <div class="columns">
      <section>
        <h3>What is asked for</h3>
        ${detailList(action, engine)}
      </section>
      <section>
        <h3>Who asks</h3>
        ${originList(action)}
      </section>
      <section>
        <h3>Why it is here</h3>
        ${ruleList(action)}
      </section>
      <section>
        <h3>The user's recent actions</h3>
        ${recentList(recent)}
      </section>
    </div>
    ${
      isOwn
        ? html`<p class="muted">This is your own action: somebody else has to decide it.</p>`
        : may(session.role, "decide") &&
          html`<form method="post" action="reviews" class="stack">
            <input type="hidden" name="formToken" value="${session.formToken}" />
            <input type="hidden" name="userId" value="${userId}" />
            <input type="hidden" name="action" value="${code}" />
            <input type="hidden" name="idempotencyKey" value="${idempotencyKey}" />
            <label>Note <textarea name="note" maxlength="2000" aria-describedby="${actionId}"></textarea></label>
            <div class="actions">
              <button name="decision" value="approve" aria-describedby="${actionId}">Approve</button>
              <button name="decision" value="reject" class="reject" aria-describedby="${actionId}">Reject</button>
              <a href="audit?actionId=${encodeURIComponent(actionId)}">Audit trail</a>
            </div>
          </form>`
    }
  </article>`;
}

function recentList(recent: readonly ActionRecord[]): Html {
  if (recent.length === 0) return html`<p class="muted">None.</p>`;
  return html`<ul>
    ${recent.map((action) => html`<li>${headline(action)} ${stateTag(action.state)} <span class="muted">${time(action.createdAt)}</span></li>`)}
  </ul>`;
}
