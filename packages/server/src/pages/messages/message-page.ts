import { createHash } from "node:crypto";
import { EngineError } from "@require-action/engine";
import { type DeniableAction, readTypedCode } from "@require-action/engine/server";
import { createDispatcher } from "../../http/dispatcher.ts";
import type { FetchHandler } from "../../http/exchange.ts";
import { type Form, isFromHere, readForm } from "../../http/read-form.ts";
import { errorReply, replyToError } from "../../http/reply.ts";
import type { MessageKey } from "../../languages/catalogue/en.ts";
import type { Language, Languages } from "../../languages/languages.ts";
import type { Theme } from "../../theme/create-theme.ts";
import { type Html, html } from "../html.ts";
import { formatText } from "../format-value.ts";
import { pageStyle } from "../page-files.ts";
import { type Presentation, shownDetails } from "../shown-details.ts";
import { brandOf, footerOf, staticPage } from "../static-page.ts";

/** What stands on a page, in one language, below whose it is. */
export interface MessageContent {
  readonly language: Language;
  readonly title: string;
  readonly status: number;
  readonly body: Html;
}

/** What a page that a message leads to does. */
interface MessagePage<Description extends DeniableAction> {
  /** Returns what the link is about, and changes nothing. */
  describe(link: string): Promise<Description>;
  /** Asks the reader about it. */
  ask(link: string, description: Description, language: Language): MessageContent;
  /** Takes what the reader has pressed, on the page itself. */
  take(form: Form, language: Language): Promise<MessageContent>;
  /** Answers for an engine's refusal; `undefined` where it has no page of its own. */
  refuse(error: EngineError, language: Language): MessageContent | undefined;
}

/** Where pages that messages lead to are, which languages they are in, and whose they look like. */
export interface MessagePageSetting {
  readonly basePath: string;
  readonly languages: Languages;
  readonly theme: Theme;
  readonly appName: string | undefined;
}

/**
 * Creates a page that messages lead to with `?link=`. Opening it changes nothing, as what looks through mail opens links too. It
 * has no script, and its reader receives no token.
 */
export function createMessagePage<Description extends DeniableAction>(
  path: string,
  { basePath, languages, theme, appName }: MessagePageSetting,
  { describe, ask, take, refuse }: MessagePage<Description>,
): FetchHandler {
  const render = createRenderer(theme, appName);
  const respond =
    (answer: (request: Request, url: URL) => Promise<MessageContent>) =>
    async ({ request, url }: { readonly request: Request; readonly url: URL }): Promise<Response> => {
      try {
        return render(await answer(request, url));
      } catch (error) {
        const refusal = error instanceof EngineError ? refuse(error, languageFor(request)) : undefined;
        return refusal === undefined ? replyToError(error) : render(refusal);
      }
    };
  const languageFor = (request: Request, locale?: string): Language =>
    languages.choose({ action: locale, acceptLanguage: request.headers.get("accept-language") });

  return createDispatcher(
    [
      {
        method: "GET",
        path,
        respond: respond(async (request, url) => {
          const link = url.searchParams.get("link") ?? "";
          const description = await describe(link);
          return ask(link, description, languageFor(request, description.locale));
        }),
      },
      {
        method: "POST",
        path,
        respond: respond(async (request) => {
          const form = await readForm(request);
          if (!isFromHere(request)) throw new EngineError("request_invalid", "The form is of another site.");
          // In the language of the page that the form is on.
          return take(form, languageFor(request, form.get("locale")));
        }),
      },
    ],
    {
      basePath,
      refuse: (_request, methods) =>
        errorReply(405, "invalid_request", "The endpoint has no such method.", { allow: methods.join(", ") }),
    },
  );
}

/** Makes whole pages, in the look of the challenge page. They have no script, and fit in no frame. */
export function createRenderer(theme: Theme, appName: string | undefined): (content: MessageContent) => Response {
  const css = theme.style + pageStyle;
  const hash = createHash("sha256").update(css).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; ${theme.logo === undefined ? "" : "img-src 'self'; "}base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
  const style: Html = { markup: `<style>${css}</style>` };

  return ({ language, title, status, body }) => {
    const response = staticPage({
      language,
      title,
      status,
      policy,
      style,
      body: html`<div class="card">
        <header class="brand">${brandOf(theme, appName, language)}</header>
        <main class="letter">
          <h1>${title}</h1>
          ${body}
        </main>
        ${footerOf(theme, language)}
      </div>`,
    });
    response.headers.set("x-frame-options", "DENY");
    return response;
  };
}

/** What was asked for, and where. */
export function askedList(
  { custom, askedAt, ipAddress, userAgent }: DeniableAction,
  presentation: Presentation,
  { withDetails = true }: { readonly withDetails?: boolean } = {},
): Html {
  const { language } = presentation;
  const facts = [
    ...(withDetails ? shownDetails(custom, presentation) : []),
    { label: language.text("link.asked"), value: formatText(wholeSeconds(askedAt), "dateTime", language) },
    ...(userAgent === undefined ? [] : [{ label: language.text("link.browser"), value: userAgent }]),
    ...(ipAddress === undefined ? [] : [{ label: language.text("link.askedFrom"), value: ipAddress }]),
  ];
  return html`<div class="details">
    <dl>
      ${facts.map(
        ({ label, value }) =>
          html`<div>
            <dt><bdi>${label}</bdi></dt>
            <dd><bdi>${value}</bdi></dd>
          </div>`,
      )}
    </dl>
  </div>`;
}

/** A page that says one thing, in a paragraph or several. */
export function sayingPage(
  language: Language,
  status: number,
  title: MessageKey,
  ...paragraphs: readonly MessageKey[]
): MessageContent {
  const { text } = language;
  return { language, title: text(title), status, body: html`${paragraphs.map((key) => html`<p>${text(key)}</p>`)}` };
}

/** The page after a denial. */
export function deniedPage(language: Language): MessageContent {
  return sayingPage(language, 200, "ending.denied.title", "ending.denied.text", "ending.close");
}

/** What a form takes along of its page. */
export function hiddenFields(link: string, { tag }: Language): Html {
  return html`<input type="hidden" name="link" value="${link}" /><input type="hidden" name="locale" value="${tag}" />`;
}

function wholeSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}

/** Asks for the number that the other screen shows (T55). @param submit What the button says. */
export function numberForm(target: string, hidden: Html, submit: string, { text }: Language): Html {
  return html`<form method="post" action="${target}">
    ${hidden}
    <label>
      ${text("link.number")}
      <input
        name="number"
        dir="ltr"
        inputmode="numeric"
        autocomplete="off"
        pattern="\\p{Nd}{2}"
        maxlength="2"
        required
      />
    </label>
    <button class="primary">${submit}</button>
  </form>`;
}

/** The number of such a form, in ASCII whatever keyboard typed it. */
export function numberIn(form: Form): string | undefined {
  const given = form.get("number");
  return readTypedCode(given, 2) ?? given;
}

/** Lets whoever did not ask for it say so, beside a form that approves. */
export function denyForm(target: string, hidden: Html, { text }: Language): Html {
  return html`<form method="post" action="${target}">
      ${hidden}
      <input type="hidden" name="deny" value="yes" />
      <button class="link">${text("deny.link")}</button>
    </form>
    <p>${text("link.denyAlso")}</p>`;
}
