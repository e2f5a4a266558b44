import { randomBytes, randomUUID } from "node:crypto";
import { type Engine, EngineError } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import { type Html, html, table } from "../pages/html.ts";
import { staticPage } from "../pages/static-page.ts";
import { type DevCase, type DevOptions, type Outbox, type OutboxEntry, shortPath } from "./outbox.ts";

const SHOWN = 20;

/** Sends the browser on to the challenge of a short link. @throws EngineError `not_found` */
export function followShortLink(outbox: Outbox, name: string): Response {
  const found = outbox.entries().find((entry) => "url" in entry && shortPath(entry.url) === `/dev/link/${name}`);
  if (found === undefined || !("url" in found)) throw new EngineError("not_found", "There is no such link any more.");
  return redirect(found.url);
}

/** Asks for what a case asks for, as an application's backend would, and shows what came of it. */
export async function tryCase(
  engine: Engine,
  { cases = () => [] }: DevOptions,
  name: string,
  home: string,
): Promise<Response> {
  const chosen = cases().find((one) => one.name === name);
  if (chosen === undefined) throw new EngineError("not_found", "There is no such case.");
  const { userId, action, attributes } = chosen;
  try {
    const { signal } = new AbortController();
    await engine.track({ userId, action, attributes: { ...attributes, idempotencyKey: randomUUID() } }, { signal });
    return redirect(home);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return redirect(`${home}?refused=${encodeURIComponent(error.detail)}`);
  }
}

function redirect(location: string): Response {
  const headers = { location, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}

/** Everything that a developer looks for, on one page: it works without script, and looks again by itself with it. */
export async function devHome(
  engine: Engine,
  options: DevOptions,
  home: string,
  refused: string | null,
): Promise<Response> {
  const { outbox, events, cases = () => [] } = options;
  const { items } = await engine.actions.query({ limit: SHOWN });
  const nonce = randomBytes(16).toString("base64url");
  const links: readonly (readonly [string, string])[] = [
    ["console", "Console"],
    ["dev/gallery", "Gallery of the challenge page"],
    ["dev/outbox", "Outbox as JSON"],
    ...(events === undefined ? [] : [["dev/events", "Webhook events"] as const]),
  ];
  const page = staticPage({
    title: "require-action",
    policy: `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    style: html`<style nonce="${nonce}">
      ${{ markup: style }}
    </style>`,
    body: html`<main>
      <h1>require-action on this machine</h1>
      <nav aria-label="Pages">${links.map(([path, label]) => html`<a href="${home}${path}">${label}</a>`)}</nav>
      ${refused !== null && html`<p role="alert">Refused: ${refused}</p>`}
      <h2>Try</h2>
      <div class="buttons">
        ${cases().map((one) => caseButton(one, home))}
        ${cases().length === 0 && html`<p>The policy names no action.</p>`}
      </div>
      <div id="live">
        <h2>Decisions</h2>
        ${items.length === 0 ? html`<p>None yet.</p>` : decisionTable(items, outbox.entries(), home)}
        <h2>Outbox</h2>
        ${outbox.entries().length === 0 ? html`<p>Nothing was sent yet.</p>` : outboxTable(outbox.entries().slice(0, SHOWN), home)}
      </div>
      <script nonce="${nonce}">
        ${{ markup: script }};
      </script>
    </main>`,
  });
  // A browser that may say nothing of where it comes from says "null" of the origin of its forms.
  page.headers.set("referrer-policy", "same-origin");
  return page;
}

function caseButton({ name, action, userId }: DevCase, home: string): Html {
  return html`<form method="post" action="${home}dev/try/${encodeURIComponent(name)}">
    <button title="${action} as ${userId}">${name}</button>
  </form>`;
}

function decisionTable(items: readonly ActionRecord[], entries: readonly OutboxEntry[], home: string): Html {
  const linkOf = ({ userId, action, state }: ActionRecord): Html | undefined => {
    const link = entries.find((one) => one.kind === "link" && one.userId === userId && one.action === action);
    if (state !== "CHALLENGE_REQUIRED" || link?.kind !== "link") return undefined;
    return html`<a href="${home}${shortPath(link.url).slice(1)}">Open</a>`;
  };
  return table(
    "Decisions",
    ["Time", "Action", "User", "Outcome", "State", "Rules", "Challenge"],
    items.map((one) => {
      const { createdAt, action, userId, outcome, state, rules } = one;
      const names = rules.map(({ name }) => name).join(", ") || "default";
      return rowOf([timeOf(createdAt), action, userId, outcome, state, names, linkOf(one)]);
    }),
  );
}

function outboxTable(entries: readonly OutboxEntry[], home: string): Html {
  return table(
    "Outbox",
    ["Time", "What", "To", "Content"],
    entries.map((entry) => {
      const to = "to" in entry ? entry.to : entry.userId;
      const url = "url" in entry ? entry.url : undefined;
      const code = "code" in entry ? entry.code : undefined;
      const link = url !== undefined && html`<a href="${home}${shortPath(url).slice(1)}">Open</a>`;
      return rowOf([timeOf(entry.at), entry.kind, to, link || code]);
    }),
  );
}

function rowOf(cells: readonly (string | Html | undefined)[]): Html {
  return html`<tr>
    ${cells.map((cell) => html`<td>${cell}</td>`)}
  </tr>`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** Looks again while somebody looks at it, and leaves what is chosen or focused there alone. */
const script = `
setInterval(async () => {
  const live = document.getElementById("live");
  if (document.hidden || live.contains(document.activeElement) || !getSelection().isCollapsed) return;
  const response = await fetch(location.pathname).catch(() => undefined);
  if (!response?.ok) return;
  const next = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("live");
  if (next.innerHTML !== live.innerHTML) live.replaceWith(next);
}, 2000)`;

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: light-dark(#d8dce4, #343a47); --accent: light-dark(#2952cc, #8fadff); }
body { margin: 24px; overflow-wrap: break-word; background: light-dark(#ffffff, #14161b); color: light-dark(#14171f, #eef0f5); }
nav, .buttons { display: flex; flex-wrap: wrap; gap: 8px 16px; }
a { color: var(--accent); }
button { font: inherit; min-height: 40px; padding: 4px 14px; border-radius: 8px; border: 1px solid var(--accent); background: none; color: inherit; }
[role="alert"] { border-left: 4px solid var(--accent); padding-left: 12px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; min-width: 40rem; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); }`;
