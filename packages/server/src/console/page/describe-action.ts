import type { Engine } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import { type Html, html } from "../../pages/html.ts";
import { createLanguages } from "../../languages/languages.ts";
import type { ShownDetail } from "../../pages/page-state.ts";
import { presentationOf, shownDetails } from "../../pages/shown-details.ts";
import { readableName, visible } from "../../pages/visible-text.ts";
import { reasonLabel } from "./reasons.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Reviewers read English. */
const english = createLanguages(new Map()).choose({});

/** Everything that was asked with, in the words of the challenge page: a reviewer also sees what rules evaluated. */
function detailsOf({ attributes }: Pick<ActionRecord, "attributes">, engine: Engine): readonly ShownDetail[] {
  return shownDetails(attributes.custom ?? {}, presentationOf(engine, english));
}

/** The same as a list. */
export function detailList(action: Pick<ActionRecord, "attributes">, engine: Engine): Html {
  const details = detailsOf(action, engine);
  if (details.length === 0) return html`<p class="muted">No bound fields and no data points.</p>`;
  return html`<dl>
    ${details.map(
      ({ label, value, isMain }) =>
        html`<dt>${label}</dt>
          <dd class="${isMain ? "main-detail" : ""}">${value}</dd>`,
    )}
  </dl>`;
}

/** An action's name and what it is about, in one line. */
export function headline({ action }: ActionRecord): string {
  return readableName(action);
}

/** The field of a filter by action: by its code, which pages show as words. A browser sends nothing that is none. */
export function actionField(code: string): Html {
  return html`<label
    >Action
    <input
      name="action"
      value="${code}"
      autocomplete="off"
      pattern="[a-zA-Z0-9_\\-]{1,64}"
      title="The code of an action, such as withdraw-funds"
  /></label>`;
}

/** A state as a coloured word. */
function stateTag(state: ActionRecord["state"], words: string = state.replaceAll("_", " ").toLowerCase()): Html {
  const kind = /SUCCEEDED|^ALLOW$/.test(state) ? "good" : /FAILED|^BLOCK$/.test(state) ? "bad" : "open";
  return html`<span class="tag ${kind}">${words}</span>`;
}

/** The state of an action: a review that failed as nobody decided it has expired. */
export function actionTag(action: ActionRecord, engine: Engine): Html {
  const isExpired = engine.reviews.status(action) === "expired";
  return stateTag(action.state, isExpired ? "review expired" : undefined);
}

/** How many of several reviewers have approved, where it takes more than one. */
export function votesOf({ review }: ActionRecord): string | undefined {
  const { approvers = 1, votes = [] } = review ?? {};
  return approvers > 1 ? `${votes.length} of ${approvers} approvals` : undefined;
}

/** A time for people and machines. */
export function time(at: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}">${timeText(at)}</time>`;
}

/** A time for people. */
function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The money that an action is about, as it is shown; `undefined` where it is about none. */
export function amountOf(action: ActionRecord, engine: Engine): string | undefined {
  return detailsOf(action, engine).find(({ isMain }) => isMain === true)?.value;
}

/** A review in a few words, for the names of buttons: `EUR 2,500.00, withdraw funds, of alice`. */
export function nameOf(action: ActionRecord, engine: Engine): string {
  const what = headline(action);
  const amount = amountOf(action, engine);
  const about = amount === undefined ? what : `${amount}, ${what.charAt(0).toLowerCase()}${what.slice(1)}`;
  return `${about}, of ${visible(action.userId)}`;
}

/**
 * The rules that asked for the review: of all that matched, those whose outcome it is. A rule that would have allowed the action is
 * no reason to review it. Records of before do not say what rules asked for.
 */
export function askingRules({ rules }: ActionRecord): ActionRecord["rules"] {
  return rules.filter(({ type = "REVIEW" }) => type === "REVIEW");
}

/** Why an action is under review, in a line. */
export function whyOf(action: ActionRecord): string {
  const names = askingRules(action).map(({ name, isUnknown }) =>
    isUnknown === true ? `${name} (a fact was unknown)` : name,
  );
  if (names.length > 0) return names.join(", ");
  return action.outcome === "REVIEW" ? "Every action of this kind" : "Sent to review by the application";
}

/** How long something takes, in its largest unit: `3 min`, `2 h`, `5 d`. */
function duration(ms: number): string {
  if (ms < MINUTE) return "< 1 min";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  return ms < 2 * DAY ? `${Math.floor(ms / HOUR)} h` : `${Math.floor(ms / DAY)} d`;
}

/** How long ago something was, or how soon it will be, with the time itself for whoever asks. */
export function span(at: number, now: number): Html {
  return html`<time datetime="${new Date(at).toISOString()}" title="${timeText(at)}"
    >${duration(Math.abs(at - now))}</time
  >`;
}

/** Who has decided a review, when and why, in a sentence; `undefined` for one that is open, or for no review. */
export function outcomeOf(action: ActionRecord, engine: Engine): string | undefined {
  const status = engine.reviews.status(action);
  const { review, stateUpdatedAt } = action;
  if (status === undefined || status === "open") return undefined;
  if (status === "expired")
    return `Nobody decided it before its end, ${timeText(review?.expiresAt ?? stateUpdatedAt)}.`;
  const { reviewer = "somebody", reason, note, decidedAt = stateUpdatedAt } = review ?? {};
  const why = [reason === undefined ? undefined : reasonLabel(reason), note].filter((part) => part !== undefined);
  return `${visible(reviewer)} ${status} it, ${timeText(decidedAt)}${why.length > 0 ? `: ${visible(why.join(" – "))}` : "."}`;
}
