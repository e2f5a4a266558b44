import { createHash, randomBytes } from "node:crypto";
import { html, raw } from "hono/html";
import { createCompressedText } from "../http/content-encoding.ts";
import { defaultAccents } from "../theme/palette.ts";
import { hexOf } from "../theme/colour.ts";
import type { LogoFile, Theme } from "../theme/create-theme.ts";
import type { ParsedPageOptions } from "./challenge-page-options.ts";
import { failureScript, pageIcon, pageScript, pageStyle } from "./page-files.ts";
import { pageLocale } from "./shown-details.ts";
import { brandOf, footerOf, imageSource, pageHeaders } from "./static-page.ts";

const NONCE_BYTES = 16;

/**
 * Makes the page. It is the same for everybody: what is to be approved comes later, to the bearer of the token. All that is
 * seen first is in it, so that nothing more has to be loaded for that.
 */
export function createPageDocument(
  { allowedOrigins: origins, appName, clientPath, theme }: ParsedPageOptions,
  { version, name: script }: PageScript,
): (request: Request) => Promise<Response> {
  const site = appName ?? "Security check";
  const icon = `data:image/svg+xml,${encodeURIComponent(pageIcon.replace(hexOf(defaultAccents.light), theme.accent))}`;
  const brand = brandOf(theme, site);
  const footer = footerOf(theme, { support: "Get help", privacy: "Privacy" });

  return (request) => {
    const nonce = randomBytes(NONCE_BYTES).toString("base64url");
    const page = html`<!doctype html>
      <html
        lang="${pageLocale}"
        data-client-path="${clientPath}"
        data-allowed-origins="${origins.join(" ")}"
        data-app-name="${appName ?? "the app"}"
      >
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="${theme.colorScheme}" />
          <title>${site}</title>
          <link rel="icon" href="${icon}" />
          <script nonce="${nonce}">
            ${raw(failureScript)};
          </script>
          <script defer nonce="${nonce}" src="challenge/assets/${version}/${script}"></script>
          <style nonce="${nonce}">
            ${raw(theme.style)}${raw(pageStyle)}
          </style>
        </head>
        <body>
          <div class="card" id="card">
            <header class="brand">${raw(brand.markup)}<span class="expiry" id="expiry"></span></header>
            <main id="main">
              <p class="loading"><span class="spinner"></span>Loading…</p>
              <div class="failure" role="alert">
                <p>
                  This page did not start. Reload it. If that does not help, update your browser or use another one.
                </p>
                <button class="primary" type="button" id="reload">Reload</button>
              </div>
            </main>
            <p id="status" class="visually-hidden" role="status"></p>
            <noscript
              ><style nonce="${nonce}">
                #main {
                  display: none;
                }
                .foot {
                  visibility: visible !important;
                }
              </style>
              <p class="step">
                This page needs JavaScript to check that it is you. Switch it on and reload the page.
              </p></noscript
            >
            ${footer && raw(footer.markup)}
          </div>
        </body>
      </html> `;
    return createCompressedText(String(page), "fast").reply(request, challengePageHeaders(nonce, origins, theme));
  };
}

/** Nothing of the page needs them. Passkeys and the clipboard are not among them: a frame is given those by what is around it. */
const unusedFeatures = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "geolocation",
  "gyroscope",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "picture-in-picture",
  "screen-wake-lock",
  "usb",
  "xr-spatial-tracking",
];

function challengePageHeaders(nonce: string, origins: readonly string[], theme: Theme): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    `img-src ${imageSource(theme)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${["'self'", ...origins].join(" ")}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    ...pageHeaders(policy.join("; ")),
    "permissions-policy": unusedFeatures.map((name) => `${name}=()`).join(", "),
    ...(origins.length > 0 ? {} : { "x-frame-options": "SAMEORIGIN" }),
  };
}

/** The script of the page, and a version that changes with it, so that it can be cached for good. */
interface PageScript {
  readonly version: string;
  readonly name: string;
  readonly reply: (request: Request) => Promise<Response>;
}

export function createPageScript(): PageScript {
  const text = createCompressedText(pageScript, "best");
  return {
    version: createHash("sha256").update(pageScript).digest("base64url").slice(0, 16),
    name: "page.js",
    reply: (request) =>
      text.reply(request, {
        "content-type": "text/javascript; charset=utf-8",
        ...assetHeaders,
      }),
  };
}

/** The picture of a theme. Opened by itself, it is a document without script and without an origin. */
export function logoReply({ bytes, contentType }: LogoFile): Response {
  return new Response(bytes, {
    headers: {
      "content-type": contentType,
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      ...assetHeaders,
    },
  });
}

/** What has a version in its address can be kept for good. */
const assetHeaders = {
  "cache-control": "public, max-age=31536000, immutable",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};
