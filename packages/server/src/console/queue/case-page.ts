import type { Engine } from "@require-action/engine";
import type { ActionRecord, AuditEvent, RecordedRule } from "@require-action/engine/store";
import { type Html, html } from "../../pages/html.ts";
import type { Viewer } from "../page/console-page.ts";
import {
  amountOf,
  askingRules,
  detailList,
  headline,
  nameOf,
  outcomeOf,
  span,
  votesOf,
  actionTag,
  time,
} from "../page/describe-action.ts";
import { address } from "../page/return-to.ts";
import { may } from "../page/roles.ts";
import { readConditions, valueOf, valueText } from "./conditions.ts";
import { decisionFields, reasonLabel } from "../page/reasons.ts";
import { describeUserAgent } from "../page/user-agent.ts";

const HISTORY = 10;
const TIMELINE = 200;

/** What a case is shown with. */
export interface CaseSurroundings {
  readonly engine: Engine;
  readonly viewer: Viewer;
  readonly now: number;
  /** What is said of its receipt. */
  readonly receipt: Html;
  /** True where the reviewer's passkey signs an approval, on a page of its own. */
  readonly isSigned: boolean;
}

/** All that a reviewer needs to decide a case, and all that is known of how it was decided. */
export async function casePage(
  action: ActionRecord,
  { engine, viewer, now, receipt, isSigned }: CaseSurroundings,
): Promise<Html> {
  const { userId, actionId, review, reviewClaim, createdAt } = action;
  const [history, trail] = await Promise.all([
    engine.actions.query({ userId, limit: HISTORY + 1, mayLag: true }),
    engine.audit.query({ actionId, limit: TIMELINE }),
  ]);
  const status = engine.reviews.status(action);
  const [bound, others] = splitFields(action);
  const isClaimed = reviewClaim !== undefined && reviewClaim.until > now;
  return html`<article
    class="case"
    aria-labelledby="case-title"
    ${status === "open" && may(viewer.role, "decide") && html` data-claim="${actionId}"`}
    data-token="${viewer.formToken}"
  >
    <div class="card">
      <div class="head">
        <h2 id="case-title">${amountOf(action, engine) ?? headline(action)}</h2>
        <span
          >${actionTag(action, engine)}
          ${isClaimed && html`<span class="tag who">${reviewClaim.reviewer === viewer.reviewer ? "You are" : html`${reviewClaim.reviewer} is`} looking</span>`}</span
        >
      </div>
      <p>
        ${headline(action)}, asked for by
        <a href="${address("user", { id: userId })}"><strong>${userId}</strong></a> ${span(createdAt, now)}
        ago${status === "open" && review !== undefined && html`; it ends in ${span(review.expiresAt, now)}`}.
      </p>
      ${votesOf(action) !== undefined && html`<p>${votesOf(action)}${(review?.votes ?? []).length > 0 && html`, by ${(review?.votes ?? []).map(({ reviewer }) => reviewer).join(", ")}`}.</p>`}
      ${status !== undefined && status !== "open" && html`<p><strong>${outcomeOf(action, engine)}</strong></p>`}
      <h3>What was asked for</h3>
      ${detailList({ attributes: { custom: bound } }, engine)}
      ${
        Object.keys(others).length > 0 &&
        html`<h3>Other data points</h3>
          ${detailList({ attributes: { custom: others } }, engine)}`
      }
    </div>
    ${status === "open" && decisionForm(action, engine, viewer, isSigned)}
    <div class="columns">
      <section class="card">
        <h2>Why it is here</h2>
        ${ruleList(action)}
      </section>
      <section class="card">
        <h2>Who asks, from where</h2>
        ${originOf(action)}
      </section>
      ${receipt}
      <section class="card">
        <h2>Timeline</h2>
        ${trail.next !== undefined && html`<p class="muted">The last ${TIMELINE} events. Those before are in the table.</p>`}
        <ol class="timeline">
          ${trail.items.toReversed().map((event) => timelineEntry(event))}
        </ol>
        ${
          may(viewer.role, "decide") &&
          html`<form method="post" action="comment" class="stack">
            <input type="hidden" name="formToken" value="${viewer.formToken}" />
            <input type="hidden" name="case" value="${actionId}" />
            <label>Comment <textarea name="note" maxlength="2000" required></textarea></label>
            <div class="actions"><button class="plain">Add the comment</button></div>
          </form>`
        }
        <p class="after"><a href="${address("audit", { actionId })}">As a table, with the ids of rules</a></p>
      </section>
      <section class="card">
        <h2>The user's other actions</h2>
        ${historyOf(history.items.filter((one) => one.actionId !== actionId).slice(0, HISTORY), engine, now)}
        <p><a href="${address("activity", { user: userId })}">All of them</a></p>
      </section>
    </div>
  </article>`;
}

/** What users are shown of an action, which is what was bound; and what else it was decided by. */
function splitFields({ attributes, shownFields = [] }: ActionRecord): readonly [bound: Fields, others: Fields] {
  const fields = Object.entries(attributes.custom ?? {});
  const pick = (isShown: boolean): Fields =>
    Object.fromEntries(fields.filter(([name]) => shownFields.includes(name) === isShown));
  // Of an action without a guard's fields, everything is what was asked for.
  return shownFields.length === 0 ? [pick(false), {}] : [pick(true), pick(false)];
}

type Fields = NonNullable<ActionRecord["attributes"]["custom"]>;

function decisionForm(action: ActionRecord, engine: Engine, viewer: Viewer, isSigned: boolean): Html {
  const { actionId, userId, reviewClaim } = action;
  if (viewer.userIds.includes(userId)) {
    return html`<p class="card muted">This is your own action: somebody else has to decide it.</p>`;
  }
  if (!may(viewer.role, "decide")) return html`<p class="card muted">You may look, and decide nothing.</p>`;
  const name = nameOf(action, engine);
  const isMine = reviewClaim?.reviewer === viewer.reviewer;
  return html`<section class="card" aria-label="Decision">
    <form method="post" action="decide" class="stack" ${!isSigned && html` data-decide="" data-name="${name}"`}>
      <input type="hidden" name="formToken" value="${viewer.formToken}" />
      <input type="hidden" name="cases" value="${actionId}" />
      <input type="hidden" name="back" value="reviews" />
      <input type="hidden" name="step" value="ask" />
      <div class="why">${decisionFields({ reason: "", note: "" })}</div>
      <div class="actions">
        <button name="decision" value="approve" aria-label="Approve ${name}">Approve</button>
        <button name="decision" value="reject" class="reject" aria-label="Reject ${name}">Reject</button>
      </div>
    </form>
    <form method="post" action="claim" class="claim">
      <input type="hidden" name="formToken" value="${viewer.formToken}" />
      <input type="hidden" name="case" value="${actionId}" />
      <button class="plain" name="claim" value="${isMine ? "release" : "claim"}">
        ${isMine ? "I am not looking any more" : "Show others that I am looking"}
      </button>
    </form>
  </section>`;
}

function ruleList(action: ActionRecord): Html {
  const { rules, outcome, review } = action;
  const asking = askingRules(action);
  const others = rules.filter((rule) => !asking.includes(rule));
  const none =
    outcome === "REVIEW"
      ? "No rule asked for it: every action of this kind is reviewed."
      : review === undefined
        ? "No rule asked for a review, and there was none."
        : "No rule asked for it: the application sent it to review.";
  return html`${
      asking.length === 0
        ? html`<p class="muted">${none}</p>`
        : html`<ul class="rules">
            ${asking.map((rule) => ruleItem(rule, action))}
          </ul>`
    }
    ${
      others.length > 0 &&
      html`<details>
        <summary>${others.length} more matched, and did not ask for the review</summary>
        <ul class="rules">
          ${others.map((rule) => ruleItem(rule, action))}
        </ul>
      </details>`
    }
    <p class="muted">Policy ${action.policyVersion}</p>`;
}

function ruleItem({ name, description, isUnknown, type, conditions }: RecordedRule, action: ActionRecord): Html {
  const read = conditions === undefined ? undefined : readConditions(conditions);
  return html`<li>
    <strong>${name}</strong>
    ${type !== undefined && type !== "REVIEW" && html`<span class="tag">${type.toLowerCase()}</span>`}
    ${isUnknown === true && html`<span class="tag">a fact was unknown</span>`}
    ${description !== undefined && html`<br /><span class="muted">${description}</span>`}
    ${
      read === undefined
        ? html`<br /><span class="muted">Its conditions of then were not kept.</span>`
        : html`<br /><code>${read.text}</code> ${
              read.variables.length > 0 &&
              html`<dl class="values">
                ${read.variables.map(
                  (variable) =>
                    html`<dt>${variable}</dt>
                      <dd>${valueText(valueOf(variable, action))}</dd>`,
                )}
              </dl>`
            }`
    }
  </li>`;
}

function originOf(action: ActionRecord): Html {
  const { attributes, facts = {}, userId } = action;
  const { ipAddress, deviceId, userAgent, email, phoneNumber, username, locale } = attributes;
  const country = facts["ip.countryCode"] ?? facts["ip.location.country.countryCode"];
  const lines: readonly (readonly [string, string | undefined, string?])[] = [
    ["User", userId],
    ["Name", username],
    ["E-mail", email],
    ["Telephone", phoneNumber],
    ["Language", locale],
    [
      "Address",
      ipAddress,
      [
        country === undefined || country === null ? "" : `in ${String(country)}`,
        facts["ip.isAnonymous"] === true ? "anonymising" : "",
      ]
        .filter(Boolean)
        .join(", "),
    ],
    ["Device", deviceId, facts["device.isNew"] === true ? "not seen before with this user" : ""],
    [
      "Browser",
      userAgent === undefined ? undefined : (describeUserAgent(userAgent) ?? userAgent),
      userAgent !== undefined && describeUserAgent(userAgent) !== undefined ? userAgent : "",
    ],
  ];
  return html`<dl>
    ${lines
      .map(
        ([label, value, more = ""]) =>
          value !== undefined &&
          html`<dt>${label}</dt>
            <dd>${value}${more !== "" && html` <span class="muted">${more}</span>`}</dd>`,
      )
      .filter((line) => line !== false)}
  </dl>`;
}

function historyOf(actions: readonly ActionRecord[], engine: Engine, now: number): Html {
  if (actions.length === 0) return html`<p class="muted">None.</p>`;
  return html`<ul class="history">
    ${actions.map((action) => html`<li><a href="${address("case", { id: action.actionId })}">${headline(action)}</a> <span>${amountOf(action, engine) ?? ""}</span> ${actionTag(action, engine)} <span class="muted">${span(action.createdAt, now)} ago</span></li>`)}
  </ul>`;
}

function timelineEntry({
  type,
  at,
  actor,
  userId,
  from,
  state,
  outcome,
  verificationMethod,
  reason,
  detail,
  note,
}: AuditEvent): Html {
  const what = [
    outcome !== undefined && `outcome ${outcome}`,
    state !== undefined && (from === undefined ? state : `${from} → ${state}`),
    verificationMethod,
    reason !== undefined && (actor === undefined ? reason : reasonLabel(reason)),
    detail,
  ].filter((part) => part !== undefined && part !== false);
  return html`<li>
    ${time(at)} <strong>${type === "review.commented" ? "comment" : type}</strong>
    <span class="muted">by ${actor ?? userId ?? "the engine"}</span>
    ${what.length > 0 && html`<br />${what.join(" · ")}`}
    ${note !== undefined && html`<blockquote>${note}</blockquote>`}
  </li>`;
}
