import { createHash, randomBytes } from "node:crypto";
import { html, raw } from "hono/html";
import { createCompressedText } from "../http/content-encoding.ts";
import { defaultAccents } from "../theme/palette.ts";
import { hexOf } from "../theme/colour.ts";
import type { LogoFile, Theme } from "../theme/create-theme.ts";
import type { ParsedPageOptions } from "./challenge-page-options.ts";
import { failureScript, pageIcon, pageScript, pageStyle } from "./page-files.ts";
import { pageLanguage } from "../languages/page-language.ts";
import { brandOf, footerOf, imageSource, pageHeaders } from "./static-page.ts";

const NONCE_BYTES = 16;

/**
 * Makes the page, in the language of its reader's browser or of its address. It is the same for everybody else: what is to be
 * approved comes later, to the bearer of the token. All that is seen first is in it, so that nothing more has to be loaded for
 * that.
 */
export function createPageDocument(
  { allowedOrigins: origins, appName, clientPath, languages, theme }: ParsedPageOptions,
  { version, name: script }: PageScript,
): (request: Request, url: URL) => Promise<Response> {
  const icon = `data:image/svg+xml,${encodeURIComponent(pageIcon.replace(hexOf(defaultAccents.light), theme.accent))}`;

  return (request, { searchParams }) => {
    const nonce = randomBytes(NONCE_BYTES).toString("base64url");
    const language = languages.choose({
      uiLocales: searchParams.get("ui_locales") ?? undefined,
      acceptLanguage: request.headers.get("accept-language"),
    });
    const { tag, direction, text } = language;
    const footer = footerOf(theme, language);
    const page = html`<!doctype html>
      <html
        lang="${tag}"
        dir="${direction}"
        data-client-path="${clientPath}"
        data-allowed-origins="${origins.join(" ")}"
        data-app-name="${appName ?? ""}"
      >
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="robots" content="noindex" />
          <meta name="color-scheme" content="${theme.colorScheme}" />
          <title>${appName ?? text("page.securityCheck")}</title>
          <link rel="icon" href="${icon}" />
          <script nonce="${nonce}">
            ${raw(failureScript)};
          </script>
          <script defer nonce="${nonce}" src="challenge/assets/${version}/${script}"></script>
          <style nonce="${nonce}">
            ${raw(theme.style)}${raw(pageStyle)}
          </style>
          <script type="application/json" id="messages" nonce="${nonce}">
            ${raw(inScript(pageLanguage(language).messages))}
          </script>
        </head>
        <body>
          <div class="card" id="card">
            <header class="brand">
              ${raw(brandOf(theme, appName, language).markup)}<span class="expiry" id="expiry"></span>
            </header>
            <main id="main">
              <p class="loading">
                <span class="spinner"></span><span data-text="page.loading">${text("page.loading")}</span>
              </p>
              <div class="failure" role="alert">
                <p data-text="page.failed">${text("page.failed")}</p>
                <button class="primary" type="button" id="reload" data-text="page.reload">
                  ${text("page.reload")}
                </button>
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
              <p class="step">${text("page.needsScript")}</p></noscript
            >
            ${footer && raw(footer.markup)}
          </div>
        </body>
      </html> `;
    return createCompressedText(String(page), "fast").reply(request, challengePageHeaders(nonce, origins, theme));
  };
}

/** What the page needs. A frame has it where what is around it gives it too. */
const usedFeatures = [
  "clipboard-write",
  "otp-credentials",
  "publickey-credentials-create",
  "publickey-credentials-get",
];
/** Nothing of the page needs them. */
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
/** JSON that ends no script, whatever is in it. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

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
    "permissions-policy": [
      ...usedFeatures.map((name) => `${name}=(self)`),
      ...unusedFeatures.map((name) => `${name}=()`),
    ].join(", "),
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
