import type { Language } from "../languages/languages.ts";
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
  /** English unless said otherwise. */
  readonly language?: Pick<Language, "tag" | "direction">;
}

/** Makes a whole page that no cache keeps, no search engine lists and no link tells of. */
export function staticPage({ title, policy, style, body, status = 200, language }: StaticPage): Response {
  const { markup } = html`<!doctype html>
    <html lang="${language?.tag ?? "en"}" dir="${language?.direction ?? "ltr"}">
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
export function brandOf({ logo }: Theme, appName: string | undefined, { text }: Pick<Language, "text">): Html {
  if (logo !== undefined) {
    const { src, alt, width, height } = logo;
    return html`<img class="logo" src="${src}" alt="${alt}" width="${width}" height="${height}" />`;
  }
  return html`<svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M12 2 4 5v6c0 5 3.4 9.4 8 11 4.6-1.6 8-6 8-11V5z" />
      <path d="m8.5 12 2.5 2.5 4.5-5" /></svg
    >${
      appName === undefined
        ? html`<span data-text="page.securityCheck">${text("page.securityCheck")}</span>`
        : html`<span><bdi>${appName}</bdi></span>`
    }`;
}

/** The foot of a page: where people find help, the privacy notice, and a line of whoever asks. */
export function footerOf(
  { supportUrl, privacyUrl, footer }: Theme,
  { text }: Pick<Language, "text">,
): Html | undefined {
  if (supportUrl === undefined && privacyUrl === undefined && footer === undefined) return undefined;
  return html`<footer class="foot">
    ${supportUrl !== undefined && link(supportUrl, text("page.support"), "support")}
    ${privacyUrl !== undefined && link(privacyUrl, text("page.privacy"), "privacy")}
    ${footer !== undefined && html`<p dir="auto">${footer}</p>`}
  </footer>`;
}

/** A link beside the page: what is under way in it, perhaps in a frame, stays as it is. */
function link(url: string, text: string, id: "support" | "privacy"): Html {
  const isPage = url.startsWith("https:");
  return html`<a
    id="${id}"
    data-text="page.${id}"
    href="${url}"
    ${isPage && html` target="_blank" rel="noopener noreferrer"`}
    >${text}</a
  >`;
}

/** The source of pictures for a content security policy. */
export function imageSource({ logo }: Theme): string {
  return logo === undefined ? "data:" : "data: 'self'";
}
