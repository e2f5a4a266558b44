import { EngineError } from "@require-action/engine";
import type { DeniableAction } from "@require-action/engine/server";
import { createDispatcher, type FetchHandler } from "../../http/dispatcher.ts";
import { type Form, isFromHere, readForm } from "../../http/read-form.ts";
import { errorReply, replyToError } from "../../http/reply.ts";
import type { Language, Languages } from "../../languages/languages.ts";
import { type Html, html } from "../html.ts";
import { formatText } from "../format-value.ts";
import { type Presentation, shownDetails } from "../shown-details.ts";
import { staticPage } from "../static-page.ts";

const POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** What a page that a message leads to does. */
interface MessagePage {
  /** Shows what the link is about, in the language for a locale and this reader, and changes nothing. */
  show(link: string, languageFor: (locale: string | undefined) => Language): Promise<Response>;
  /** Takes what the reader has pressed, on the page itself. */
  take(form: Form, language: Language): Promise<Response>;
  /** Answers for an engine's refusal; `undefined` where it has no page of its own. */
  refuse(error: EngineError, language: Language): Response | undefined;
}

/** Where pages that messages lead to are, and which languages they are in. */
export interface MessagePageSetting {
  readonly basePath: string;
  readonly languages: Languages;
}

/**
 * Creates a page that messages lead to with `?link=`. Opening it changes nothing, as what looks through mail opens links too. It
 * has no script, and its reader receives no token.
 */
export function createMessagePage(
  path: string,
  { basePath, languages }: MessagePageSetting,
  { show, take, refuse }: MessagePage,
): FetchHandler {
  const respond =
    (answer: (request: Request, url: URL) => Promise<Response>) =>
    async ({ request, url }: { readonly request: Request; readonly url: URL }): Promise<Response> => {
      try {
        return await answer(request, url);
      } catch (error) {
        return (error instanceof EngineError ? refuse(error, languageFor(request)) : undefined) ?? replyToError(error);
      }
    };
  const languageFor = (request: Request, locale?: string): Language =>
    languages.choose({ action: locale, acceptLanguage: request.headers.get("accept-language") });

  return createDispatcher(
    [
      {
        method: "GET",
        path,
        respond: respond((request, url) =>
          show(url.searchParams.get("link") ?? "", (locale) => languageFor(request, locale)),
        ),
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

/** A whole page below its title. */
export function messagePage(language: Language, title: string, status: number, body: Html): Response {
  const response = staticPage({
    language,
    title,
    policy: POLICY,
    body: html`<main>
      <h1>${title}</h1>
      ${body}
    </main>`,
    status,
  });
  response.headers.set("x-frame-options", "DENY");
  return response;
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
  return html`<dl>
    ${facts.map(
      ({ label, value }) =>
        html`<dt>${label}</dt>
          <dd><bdi>${value}</bdi></dd>`,
    )}
  </dl>`;
}

/** The page after a denial. */
export function deniedPage(language: Language): Response {
  const { text } = language;
  return messagePage(
    language,
    text("ending.denied.title"),
    200,
    html`<p>${text("ending.denied.text")}</p>
      <p>${text("ending.close")}</p>`,
  );
}

/** What a form takes along of its page. */
export function hiddenFields(link: string, { tag }: Language): Html {
  return html`<input type="hidden" name="link" value="${link}" /><input type="hidden" name="locale" value="${tag}" />`;
}

function wholeSeconds(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
