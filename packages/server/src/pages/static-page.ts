import type { Theme } from "../theme/create-theme.ts";
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

/** Who asks: their logo, or a shield and their name. */
export function brandOf({ logo }: Theme, name: string): Html {
  if (logo !== undefined) {
    const { src, alt, width, height } = logo;
    return html`<img class="logo" src="${src}" alt="${alt}" width="${width}" height="${height}" />`;
  }
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 2 4 5v6c0 5 3.4 9.4 8 11 4.6-1.6 8-6 8-11V5z" />
      <path d="m8.5 12 2.5 2.5 4.5-5" /></svg
    ><span>${name}</span>`;
}

/** The words of the links at the foot. */
interface FooterWords {
  readonly support: string;
  readonly privacy: string;
}

/** The foot of a page: where people find help, the privacy notice, and a line of whoever asks. */
export function footerOf(
  { supportUrl, privacyUrl, footer }: Theme,
  { support, privacy }: FooterWords,
): Html | undefined {
  if (supportUrl === undefined && privacyUrl === undefined && footer === undefined) return undefined;
  return html`<footer class="foot">
    ${supportUrl !== undefined && link(supportUrl, support, "support")}
    ${privacyUrl !== undefined && link(privacyUrl, privacy, "privacy")}
    ${footer !== undefined && html`<p>${footer}</p>`}
  </footer>`;
}

/** A link beside the page: what is under way in it, perhaps in a frame, stays as it is. */
function link(url: string, text: string, id: string): Html {
  const isPage = url.startsWith("https:");
  return html`<a id="${id}" href="${url}" ${isPage && html` target="_blank" rel="noopener noreferrer"`}>${text}</a>`;
}

/** The source of pictures for a content security policy. */
export function imageSource({ logo }: Theme): string {
  return logo === undefined ? "data:" : "data: 'self'";
}
