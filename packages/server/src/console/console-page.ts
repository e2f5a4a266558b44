import { randomBytes } from "node:crypto";
import type { ReviewerRole } from "@require-action/engine/reviewers";
import { consoleStyle } from "./console-style.ts";
import { may } from "./roles.ts";
import { reviewerScript } from "./reviewer-script.ts";
import { type Html, html } from "../pages/html.ts";
import { staticPage } from "../pages/static-page.ts";

/** A page's frame: who is signed in, and which of the two views is open. */
export interface PageFrame {
  readonly title: string;
  readonly status?: number;
  readonly reviewer?: string | undefined;
  readonly role?: ReviewerRole | undefined;
  readonly formToken?: string | undefined;
  readonly current?: "reviews" | "activity" | "users" | "reviewers" | "sessions";
  /** Asks for passkeys, which takes a script. */
  readonly usesPasskeys?: boolean;
  /** Shown above the content, and read out. */
  readonly notice?: string | undefined;
  readonly cookies?: readonly string[];
}

/** Makes a whole page. It has no script but that which asks for passkeys, nothing from elsewhere, and fits in no frame. */
export function consolePage(frame: PageFrame, content: Html): Response {
  const { title, status = 200, notice, cookies = [], usesPasskeys = false } = frame;
  const nonce = randomBytes(16).toString("base64url");
  const page = staticPage({
    title: `${title} · Review console`,
    policy: `default-src 'none'; ${usesPasskeys ? `script-src 'nonce-${nonce}'; ` : ""}style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    style: html`<style nonce="${nonce}">
      ${{ markup: consoleStyle }}
    </style>`,
    body: html`${header(frame)}
      <main>
        ${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
        <h1>${title}</h1>
        ${content}
      </main>
      ${
        usesPasskeys &&
        html`<script nonce="${nonce}">
          ${{ markup: reviewerScript }};
        </script>`
      }`,
    status,
  });
  page.headers.set("x-frame-options", "DENY");
  for (const cookie of cookies) page.headers.append("set-cookie", cookie);
  return page;
}

function header({ reviewer, role = "look", formToken, current }: PageFrame): Html {
  const link = (view: string, label: string): Html =>
    view === current ? html`<a href="${view}" aria-current="page">${label}</a>` : html`<a href="${view}">${label}</a>`;
  return html`<header>
    <span class="brand">Review console</span>
    ${
      reviewer !== undefined &&
      html`<nav aria-label="Views">
          ${link("reviews", "Queue")} ${link("activity", "Activity")}${link("users", "Users")}
          ${may(role, "administer") && link("reviewers", "Reviewers")}
        </nav>
        <form method="post" action="sign-out" class="who">
          <input type="hidden" name="formToken" value="${formToken ?? ""}" />
          ${link("sessions", reviewer)} <button class="plain">Sign out</button>
        </form>`
    }
  </header>`;
}

/** Sends the browser on to another page of the console, by GET. */
export function seeOther(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, "cache-control": "no-store" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}

/** A table that scrolls by itself where it is wider than the page, also by keyboard. */
export function table(label: string, columns: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}
