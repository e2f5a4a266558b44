import { type Html, html } from "./html.ts";

/** A page without script, and what is its own of it. */
export interface StaticPage {
  readonly title: string;
  /** Its `Content-Security-Policy`. */
  readonly policy: string;
  readonly style?: Html | undefined;
  readonly body: Html;
  readonly status?: number;
}

/** Makes a whole page that no cache keeps, no search engine lists and no link tells of. */
export function staticPage({ title, policy, style, body, status = 200 }: StaticPage): Response {
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        ${body}
      </body>
    </html>`;
  return new Response(markup, { status, headers: pageHeaders(policy) });
}

/** The headers of every page. */
export function pageHeaders(policy: string): Record<string, string> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": policy,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
