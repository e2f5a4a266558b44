import { type Engine, EngineError } from "@require-action/engine";
import type { MagicLinkDescription } from "@require-action/engine/server";
import { createDispatcher, type FetchHandler } from "../http/dispatcher.ts";
import { isFromHere, readForm } from "../http/read-form.ts";
import { errorReply, replyToError } from "../http/reply.ts";
import { type Html, html } from "./html.ts";
import { readableName, shownDetails } from "./shown-details.ts";
import { staticPage } from "./static-page.ts";

const POLICY = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/**
 * Creates the page that magic links lead to, at `/magic-link` where `baseUrl` of the engine says. Opening it changes nothing,
 * as what looks through mail opens links too; its reader types the number that the asking browser shows. It has no script,
 * and receives no token.
 */
export function createMagicLinkPage({ magicLinks }: Engine, basePath: string): FetchHandler {
  const respond =
    (answer: (request: Request, url: URL) => Promise<Response>) =>
    async ({ request, url }: { readonly request: Request; readonly url: URL }): Promise<Response> => {
      try {
        return await answer(request, url);
      } catch (error) {
        return error instanceof EngineError && error.reason === "token_invalid" ? overPage() : replyToError(error);
      }
    };

  return createDispatcher(
    [
      {
        method: "GET",
        path: "/magic-link",
        respond: respond(async (_request, url) => {
          const link = url.searchParams.get("link") ?? "";
          return askPage(link, await magicLinks.describe(link));
        }),
      },
      {
        method: "POST",
        path: "/magic-link",
        respond: respond(async (request) => {
          const form = await readForm(request);
          if (!isFromHere(request)) throw new EngineError("request_invalid", "The form is of another site.");
          return (await magicLinks.match(form.get("link"), form.get("number"))) ? donePage() : wrongPage();
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

function page(title: string, status: number, body: Html): Response {
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

function askPage(
  link: string,
  { purpose, action, custom, askedAt, ipAddress, userAgent }: MagicLinkDescription,
): Response {
  const title = purpose === "challenge" ? `Approve: ${readableName(action)}` : "Confirm your e-mail address";
  const facts = [
    ...(purpose === "challenge" ? shownDetails(custom) : []),
    { label: "Asked for", value: new Date(askedAt).toISOString() },
    ...(userAgent === undefined ? [] : [{ label: "By", value: userAgent }]),
    ...(ipAddress === undefined ? [] : [{ label: "From", value: ipAddress }]),
  ];
  return page(
    title,
    200,
    html`<dl>
        ${facts.map(
          ({ label, value }) =>
            html`<dt>${label}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      <p>Only go on if you have asked for this yourself, just now. Where you asked, a number is shown.</p>
      <form method="post" action="magic-link">
        <input type="hidden" name="link" value="${link}" />
        <label>
          The number shown there
          <input name="number" inputmode="numeric" autocomplete="off" pattern="[0-9]{2}" maxlength="2" required />
        </label>
        <button>${purpose === "challenge" ? "Approve" : "Confirm"}</button>
      </form>
      <p>If nobody shows you a number, or somebody told it to you, close this page.</p>`,
  );
}

function donePage(): Response {
  return page("Done", 200, html`<p>Go back to where you asked. You can close this page.</p>`);
}

function wrongPage(): Response {
  const text = "That is not the number that was shown, so the link is void. Ask for another one.";
  return page("Not approved", 400, html`<p>${text}</p>`);
}

function overPage(): Response {
  return page(
    "The link is over",
    410,
    html`<p>It was used, or it is too old. Ask for another one where you began.</p>`,
  );
}
