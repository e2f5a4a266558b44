import type { OpenApproval } from "@require-action/core/agents";
import type { Language } from "../../languages/languages.ts";
import { type Html, html } from "../html.ts";
import { askedList, denyForm, type MessageContent, numberForm } from "../messages/message-page.ts";
import { type Presentation, shownDetails } from "../shown-details.ts";
import { readableName } from "../visible-text.ts";

const MOST_DETAILS = 2;

/** The page for whoever is not signed in. It says nothing of any request. */
export function signInView(language: Language, signInUrl: string | undefined): MessageContent {
  const { text } = language;
  return {
    language,
    title: text("approvals.signIn.title"),
    status: 401,
    body: html`<p>${text("approvals.signIn.text")}</p>
      ${signInUrl !== undefined && html`<p><a class="primary" href="${signInUrl}">${text("approvals.signIn.link")}</a></p>`}`,
  };
}

/** The open requests of a user, newest first. */
export function listView(
  open: readonly OpenApproval[],
  presentation: Presentation,
  language: Language,
  base: string,
): MessageContent {
  const { text } = language;
  return {
    language,
    title: text("approvals.title"),
    status: 200,
    body:
      open.length === 0
        ? html`<p>${text("approvals.none")}</p>`
        : html`<ul class="requests">
            ${open.map(
              ({ id, action, bound }) =>
                html`<li>
                  <a href="${base}/${id}"><bdi>${readableName(action)}</bdi>${summaryOf(bound, presentation)}</a>
                </li>`,
            )}
          </ul>`,
  };
}

/** One request: what is bound, where it was asked for, and the field for the number. */
export function requestView(
  request: OpenApproval,
  presentation: Presentation,
  language: Language,
  base: string,
): MessageContent {
  const { text, tag } = language;
  const { id, action, bound = {}, askedFrom, askedAt } = request;
  const asked = { action, custom: bound, askedAt: Date.parse(askedAt), ...askedFrom };
  const target = `${base}/${id}`;
  const locale = html`<input type="hidden" name="locale" value="${tag}" />`;
  return {
    language,
    title: text("link.approve", { action: readableName(action) }),
    status: 200,
    body: html`${askedList(asked, presentation)}
      <p>${text("link.only")}</p>
      ${numberForm(target, locale, text("common.approve"), language)} ${denyForm(target, locale, language)}
      ${linkToAll(language, base)}`,
  };
}

/** A page that says one thing, with the way to the other requests. */
export function outcomeView(
  language: Language,
  base: string,
  {
    status,
    title,
    paragraphs,
  }: { readonly status: number; readonly title: string; readonly paragraphs: readonly string[] },
): MessageContent {
  const body = html`${paragraphs.map((paragraph) => html`<p>${paragraph}</p>`)}${linkToAll(language, base)}`;
  return { language, title, status, body };
}

function linkToAll({ text }: Language, base: string): Html {
  return html`<p><a href="${base}">${text("approvals.all")}</a></p>`;
}

/** What tells requests of one action apart: the amount first, then what the policy puts first. */
function summaryOf(bound: OpenApproval["bound"], presentation: Presentation): Html {
  const byWeight = shownDetails(bound ?? {}, presentation).toSorted(
    (one, other) => Number(other.isMain ?? false) - Number(one.isMain ?? false),
  );
  return html`${byWeight.slice(0, MOST_DETAILS).map(({ value }) => html` <span><bdi>${value}</bdi></span>`)}`;
}
