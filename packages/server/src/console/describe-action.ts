import type { Engine } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import { type Html, html } from "../pages/html.ts";
import { createLanguages } from "../languages/languages.ts";
import { presentationOf, shownDetails } from "../pages/shown-details.ts";
import { readableName } from "../pages/visible-text.ts";

/** Reviewers read English. */
const languages = createLanguages(new Map());

/** Everything that was asked with, in the words of the challenge page: a reviewer also sees what rules evaluated. */
export function detailList({ attributes }: ActionRecord, engine: Engine): Html {
  const details = shownDetails(attributes.custom ?? {}, presentationOf(engine, languages.choose({})));
  if (details.length === 0) return html`<p class="muted">No bound fields and no data points.</p>`;
  return html`<dl>
    ${details.map(
      ({ label, value, isMain }) =>
        html`<dt>${label}</dt>
          <dd class="${isMain ? "main-detail" : ""}">${value}</dd>`,
    )}
  </dl>`;
}

/** Where the request came from. */
export function originList({ attributes, userId }: ActionRecord): Html {
  const { ipAddress, deviceId, userAgent, email } = attributes;
  const lines = [
    ["User", userId],
    ["E-mail", email],
    ["Address", ipAddress],
    ["Device", deviceId],
    ["Browser", userAgent],
  ].filter((line): line is [string, string] => line[1] !== undefined);
  return html`<dl>
    ${lines.map(
      ([label, value]) =>
        html`<dt>${label}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** The rules that matched, the deciding one first. */
export function ruleList({ rules, outcome }: ActionRecord): Html {
  if (rules.length === 0) return html`<p class="muted">No rule matched: ${outcome} is the action's default.</p>`;
  return html`<ul>
    ${rules.map(({ name, description, isUnknown }) => html`<li>${name}${isUnknown === true && " (a fact was unknown)"}${description !== undefined && html`<br /><span class="muted">${description}</span>`}</li>`)}
  </ul>`;
}

/** An action's name and what it is about, in one line. */
export function headline({ action }: ActionRecord): string {
  return readableName(action);
}

/** A state as a coloured word. */
export function stateTag(state: ActionRecord["state"]): Html {
  const kind = /SUCCEEDED|^ALLOW$/.test(state) ? "good" : /FAILED|^BLOCK$/.test(state) ? "bad" : "open";
  return html`<span class="tag ${kind}">${state.replaceAll("_", " ").toLowerCase()}</span>`;
}

/** A time for people and machines. */
export function time(at: number): Html {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")} UTC</time>`;
}
