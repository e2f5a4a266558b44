import { randomBytes } from "node:crypto";
import { EngineError } from "@require-action/engine";
import { errorReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";
import { createLanguages } from "../languages/languages.ts";
import { formatMoney } from "../pages/format-value.ts";
import type { PageState } from "../pages/page-state.ts";
import { qrPath } from "../pages/qr-path.ts";
import { html } from "../pages/html.ts";
import { staticPage } from "../pages/static-page.ts";
import { type GalleryState, galleryStates, withdrawal } from "./gallery-states.ts";

const FOLDER = "/dev/gallery";
const OTP_URI = "otpauth://totp/bank:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=bank";

/**
 * Shows every state of the challenge page side by side: the page itself in frames, with answers that are made up in place of an
 * engine's. Nothing of a user is in it.
 * @param pageRoutes those of the challenge page, in its theme
 */
export function galleryRoutes(pageRoutes: readonly Route[]): readonly Route[] {
  const documents = pageRoutes
    .filter(({ method, path }) => method === "GET" && path.startsWith("/challenge"))
    .map((route) => ({ ...route, path: `${FOLDER}${route.path}` }));
  const answerAt = (
    path: string,
    reply: (state: GalleryState, method: string, language: unknown) => unknown,
  ): Route => ({
    method: "POST",
    path: `${FOLDER}${path}`,
    async handle({ request, params, body }) {
      const name = request.headers.get("authorization")?.replace(/^Bearer /, "");
      const state = galleryStates.find((one) => one.name === name);
      if (state === undefined) throw new EngineError("not_found", "There is no such state.");
      const isPage = path === "/challenge/init";
      if (state.refusal !== undefined && state.refuses === (isPage ? "page" : "answer")) return refuse(state.refusal);
      return reply(state, params.get("method") ?? "", body["language"]);
    },
  });

  return [
    { method: "GET", path: FOLDER, handle: async () => galleryPage() },
    ...documents,
    answerAt("/challenge/init", ({ page }, _method, language) => written({ ...withdrawal, ...page }, language)),
    answerAt("/challenge/authenticator-app", () => ({ uri: OTP_URI, secret: "JBSWY3DPEHPK3PXP", qr: qrPath(OTP_URI) })),
    answerAt("/v1/client/challenge/:method", () => ({ matchingNumber: "42" })),
    answerAt("/v1/client/verify/:method", ({ name }) => verificationOf(name)),
    answerAt("/challenge/phone", () => ({ phoneNumber: "+447700900123" })),
    answerAt("/v1/client/verify/:method/finalize", () => ({ isVerified: false })),
    answerAt("/v1/client/user-authenticators/:method", () => ({})),
  ];
}

const languages = createLanguages(new Map());

/** Writes the amount as the language of the page does. */
function written(page: PageState, language: unknown): PageState {
  const uiLocales = typeof language === "string" ? language : undefined;
  const { locale } = languages.choose({ uiLocales, acceptLanguage: null });
  const details = page.action.details.map(({ value, ...detail }) => ({
    ...detail,
    value: detail.isMain === true ? (formatMoney(value, "EUR", locale) ?? value) : value,
  }));
  return { ...page, action: { ...page.action, details } };
}

function verificationOf(name: string): object {
  switch (name) {
    case "approved":
      return { isVerified: true, accessToken: name };
    case "recovery codes to keep":
      return { isVerified: true, recoveryCodes };
    default:
      return { isVerified: false };
  }
}

const recoveryCodes = ["7K3QM-4XWPR", "N8T2V-Z6CHB", "0DJ5F-9GYSA", "E1R7W-M3KXQ", "P4B6T-V8NHZ", "C2S9D-5GJFY"];

function refuse({ status, errorCode, retryAfterSeconds }: NonNullable<GalleryState["refusal"]>): Response {
  const headers = retryAfterSeconds === undefined ? {} : { "retry-after": `${retryAfterSeconds}` };
  return errorReply(status, errorCode, "Made up.", headers);
}

/** Goes on in each frame as somebody would, and makes it as high as what is in it, as applications do. */
const script = `
for (const frame of document.querySelectorAll("iframe")) {
  addEventListener("message", ({ source, data }) => {
    if (source === frame.contentWindow && typeof data.height === "number") frame.height = data.height;
  });
  const steps = JSON.parse(frame.dataset.steps);
  let left = 200;
  const timer = setInterval(() => {
    const [selector, text] = steps[0] ?? [];
    if (selector === undefined || left-- === 0) {
      clearInterval(timer);
      frame.dataset.state = selector === undefined ? "shown" : "stuck";
      return;
    }
    const target = frame.contentDocument?.querySelector("#main :is(" + selector + "):not(#reload)");
    if (target == null) return;
    steps.shift();
    if (text === undefined) return target.click();
    target.value = text;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }, 50);
}`;

const style = `
body { margin: 24px; font: 16px/1.5 system-ui, sans-serif; color-scheme: light dark; }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(320px, 1fr)); gap: 24px; align-items: start; }
figure { margin: 0; }
figcaption { margin-bottom: 8px; }
iframe { display: block; width: 100%; border: 1px solid; border-radius: 8px; }`;

function galleryPage(): Response {
  const nonce = randomBytes(16).toString("base64url");
  return staticPage({
    title: "The challenge page, state by state",
    policy: `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    style: html`<style nonce="${nonce}">
      ${{ markup: style }}
    </style>`,
    body: html`<h1>The challenge page, state by state</h1>
      <main>
        ${galleryStates.map(
          ({ name, steps = [] }) =>
            html`<figure>
              <figcaption>${name}</figcaption>
              <iframe
                title="${name}"
                height="600"
                data-steps="${JSON.stringify(steps)}"
                src="gallery/challenge?mode=popup&amp;token=${encodeURIComponent(name)}"
              ></iframe>
            </figure>`,
        )}
      </main>
      <script nonce="${nonce}">
        ${{ markup: script }};
      </script>`,
  });
}
