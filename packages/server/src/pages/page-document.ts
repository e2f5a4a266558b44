import { createHash, randomBytes } from "node:crypto";
import { html } from "hono/html";
import type { ParsedPageOptions } from "./challenge-page-options.ts";
import { pageFiles } from "./page-files.ts";
import { pageHeaders } from "./static-page.ts";

const NONCE_BYTES = 16;
const entry = "main.js";

/** Makes the page. It is the same for everybody: what is to be approved comes later, to the bearer of the token. */
export function createPageDocument(
  { allowedOrigins: origins, appName, clientPath }: ParsedPageOptions,
  { version, files }: PageAssets,
): () => Response {
  const assets = `challenge/assets/${version}`;
  const modules = [...files.keys()].filter((name) => name.endsWith(".js") && name !== entry);
  const styles = [...files.keys()].filter((name) => name.endsWith(".css"));
  const title = appName === undefined ? "Approve" : `Approve \u00b7 ${appName}`;

  return () => {
    const nonce = randomBytes(NONCE_BYTES).toString("base64url");
    const page = html`<!doctype html>
      <html
        lang="en"
        data-client-path="${clientPath}"
        data-allowed-origins="${origins.join(" ")}"
        data-app-name="${appName ?? "the app"}"
      >
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="light dark" />
          <title>${title}</title>
          <link rel="icon" href="${assets}/icon.svg" />
          ${styles.map((name) => html`<link rel="stylesheet" nonce="${nonce}" href="${assets}/${name}" />`)}
          ${modules.map((name) => html`<link rel="modulepreload" nonce="${nonce}" href="${assets}/${name}" />`)}
          <script type="module" nonce="${nonce}" src="${assets}/${entry}"></script>
        </head>
        <body>
          <div class="card" id="card">
            <header class="brand">
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M12 2 4 5v6c0 5 3.4 9.4 8 11 4.6-1.6 8-6 8-11V5z" />
                <path d="m8.5 12 2.5 2.5 4.5-5" /></svg
              ><span>${appName ?? "Security check"}</span><span class="expiry" id="expiry"></span>
            </header>
            <main id="main">
              <p class="loading"><span class="spinner"></span>Loading…</p>
            </main>
            <p id="status" class="visually-hidden" role="status"></p>
            <noscript
              ><style nonce="${nonce}">
                #main {
                  display: none;
                }
              </style>
              <p class="step">This page needs JavaScript to check that it is you.</p></noscript
            >
          </div>
        </body>
      </html> `;
    return new Response(String(page), { headers: challengePageHeaders(nonce, origins) });
  };
}

function challengePageHeaders(nonce: string, origins: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${["'self'", ...origins].join(" ")}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    ...pageHeaders(policy.join("; ")),
    ...(origins.length > 0 ? {} : { "x-frame-options": "SAMEORIGIN" }),
  };
}

/** A file that the page loads. */
interface PageAsset {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** The page's files, and a version that changes with them, so that they can be cached for good. */
interface PageAssets {
  readonly version: string;
  readonly files: ReadonlyMap<string, PageAsset>;
}

const types: ReadonlyMap<string, string> = new Map([
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["svg", "image/svg+xml"],
]);

/**
 * Makes assets of the page's files: plain JavaScript and CSS, served as they are in `browser/`, so that the code which runs
 * in the browser is the code that was reviewed.
 */
export function createPageAssets(): PageAssets {
  const files = new Map<string, PageAsset>();
  const hash = createHash("sha256");
  for (const [name, text] of Object.entries(pageFiles)) {
    files.set(name, { name, type: types.get(name.slice(name.lastIndexOf(".") + 1)) ?? "text/plain", text });
    hash.update(`${name}\0${text}\0`);
  }
  return { version: hash.digest("base64url").slice(0, 16), files };
}
