import { EngineError } from "@require-action/engine";
import type { DeniableAction } from "@require-action/engine/server";
import { createDispatcher, type FetchHandler } from "../../http/dispatcher.ts";
import { type Form, isFromHere, readForm } from "../../http/read-form.ts";
import { errorReply, replyToError } from "../../http/reply.ts";
import { type Html, html } from "../html.ts";
import { type Presentation, shownDetails } from "../shown-details.ts";
import { staticPage } from "../static-page.ts";

const POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** What a page that a message leads to does. */
interface MessagePage {
  /** Shows what the link is about, and changes nothing. */
  show(link: string): Promise<Response>;
  /** Takes what the reader has pressed, on the page itself. */
  take(form: Form): Promise<Response>;
  /** Answers for an engine's refusal; `undefined` where it has no page of its own. */
  refuse(error: EngineError): Response | undefined;
}

/**
 * Creates a page that messages lead to with `?link=`. Opening it changes nothing, as what looks through mail opens links too. It
 * has no script, and its reader receives no token.
 */
export function createMessagePage(path: string, basePath: string, { show, take, refuse }: MessagePage): FetchHandler {
  const respond =
    (answer: (request: Request, url: URL) => Promise<Response>) =>
    async ({ request, url }: { readonly request: Request; readonly url: URL }): Promise<Response> => {
      try {
        return await answer(request, url);
      } catch (error) {
        return (error instanceof EngineError ? refuse(error) : undefined) ?? replyToError(error);
      }
    };

  return createDispatcher(
    [
      {
        method: "GET",
        path,
        respond: respond((_request, url) => show(url.searchParams.get("link") ?? "")),
      },
      {
        method: "POST",
        path,
        respond: respond(async (request) => {
          const form = await readForm(request);
          if (!isFromHere(request)) throw new EngineError("request_invalid", "The form is of another site.");
          return take(form);
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
export function messagePage(title: string, status: number, body: Html): Response {
  const response = staticPage({
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

/** What was asked for, with its fields when there is a way to show them, and where. */
export function askedList(
  { custom, askedAt, ipAddress, userAgent }: DeniableAction,
  presentation: Presentation | undefined,
): Html {
  const facts = [
    ...(presentation === undefined ? [] : shownDetails(custom, presentation)),
    { label: "Asked for", value: new Date(askedAt).toISOString() },
    ...(userAgent === undefined ? [] : [{ label: "By", value: userAgent }]),
    ...(ipAddress === undefined ? [] : [{ label: "From", value: ipAddress }]),
  ];
  return html`<dl>
    ${facts.map(
      ({ label, value }) =>
        html`<dt>${label}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`;
}

/** The page after a denial. */
export function deniedPage(): Response {
  return messagePage(
    "The request has ended",
    200,
    html`<p>Nothing was approved, and the application has been informed. You can close this page.</p>`,
  );
}
