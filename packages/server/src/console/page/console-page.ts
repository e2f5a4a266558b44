import { randomBytes } from "node:crypto";
import type { ReviewerRole } from "@require-action/engine/reviewers";
import { consoleScript } from "./console-script.ts";
import { consoleStyle } from "./console-style.ts";
import { reviewerScript } from "./reviewer-script.ts";
import { addressOf, signInAddress } from "./return-to.ts";
import { may } from "./roles.ts";
import { type Html, html } from "../../pages/html.ts";
import { staticPage } from "../../pages/static-page.ts";

/** A reviewer who is signed in, as pages know them. */
export interface Viewer {
  /** As the audit trail names them. */
  readonly reviewer: string;
  /** The users who are this very person: nobody decides an action of their own. */
  readonly userIds: readonly string[];
  readonly role: ReviewerRole;
  /** Goes into every form, and must come back with it. */
  readonly formToken: string;
}

/** What was wrong with what was sent before, or what became of it. */
export interface Problem {
  readonly status: number;
  readonly text: string | Html;
  /** The name that a reviewer has typed, which stays in the form. */
  readonly reviewer?: string;
}

/** A page's frame: who is signed in, and which of the views is open. */
export interface PageFrame {
  readonly title: string;
  readonly status?: number;
  readonly viewer?: Viewer | undefined;
  /** The address of the view, as the navigation has it. */
  readonly current?: string;
  /** Asks for passkeys. */
  readonly usesPasskeys?: boolean;
  /** Shown above the content, and read out. */
  readonly notice?: string | Html | undefined;
  readonly cookies?: readonly string[];
}

/** The views, in the order of the navigation, and the role that each takes. */
const views: readonly (readonly [address: string, label: string, role: ReviewerRole])[] = [
  ["reviews", "Queue", "look"],
  ["activity", "Activity", "look"],
  ["figures", "Figures", "look"],
  ["users", "Users", "look"],
  ["reviewers", "Reviewers", "administer"],
];

/**
 * Makes a whole page. It loads nothing from elsewhere, fits in no frame, and runs no script but the console's own, which makes
 * pages quicker to use and is needed for none of them; or, where passkeys are asked for, the one that does.
 */
export function consolePage(frame: PageFrame, content: Html): Response {
  const { title, status = 200, notice, cookies = [], viewer, usesPasskeys = false } = frame;
  const nonce = randomBytes(16).toString("base64url");
  const script = usesPasskeys ? reviewerScript : viewer === undefined ? undefined : consoleScript;
  const connect = viewer === undefined ? "" : "connect-src 'self'; ";
  const sources = script === undefined ? "" : `script-src 'nonce-${nonce}'; ${connect}`;
  const page = staticPage({
    title: `${title} · Review console`,
    policy: `default-src 'none'; ${sources}style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    style: html`<style nonce="${nonce}">
      ${{ markup: consoleStyle }}
    </style>`,
    body: html`<a class="skip" href="#main">Skip to content</a>
      ${header(frame)}
      <main id="main" tabindex="-1">
        ${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
        <h1>${title}</h1>
        ${content}
      </main>
      ${
        script !== undefined &&
        html`<script nonce="${nonce}">
          ${{ markup: script }};
        </script>`
      }`,
    status,
  });
  page.headers.set("x-frame-options", "DENY");
  for (const cookie of cookies) page.headers.append("set-cookie", cookie);
  return page;
}

function header({ viewer, current }: PageFrame): Html {
  const link = (address: string, label: string): Html =>
    address === current
      ? html`<a href="${address}" aria-current="page">${label}</a>`
      : html`<a href="${address}">${label}</a>`;
  return html`<header>
    <span class="brand">Review console</span>
    ${
      viewer !== undefined &&
      html`<nav aria-label="Views">
          ${views.filter(([, , role]) => may(viewer.role, role)).map(([address, label]) => link(address, label))}
        </nav>
        <form method="post" action="sign-out" class="who">
          <input type="hidden" name="formToken" value="${viewer.formToken}" />
          ${link("sessions", viewer.reviewer)} <button class="plain">Sign out</button>
        </form>`
    }
  </header>`;
}

/** What is no page: links to it save what answers, whatever that is. */
const files: ReadonlySet<string> = new Set(["export", "activity-export", "figures-export", "receipt"]);

/** Asks to sign in first, and to come back; of a file, with an answer that no browser takes for the file. */
export function signInFirst(url: URL): Response {
  const address = addressOf(url);
  if (!files.has(address.split("?")[0] ?? "")) return seeOther(signInAddress(address));
  return consolePage({ title: "Sign in first", status: 401 }, html`<p class="card"><a href="sign-in">Sign in</a></p>`);
}

/** Sends the browser on to another page of the console, by GET. */
export function seeOther(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}
