import { type Engine, EngineError } from "@require-action/engine";
import { createDispatcher, type Endpoint } from "../../http/dispatcher.ts";
import type { FetchHandler } from "../../http/exchange.ts";
import { type Form, isFromHere, readForm } from "../../http/read-form.ts";
import { errorReply, jsonReply, replyToError } from "../../http/reply.ts";
import type { Language } from "../../languages/languages.ts";
import {
  createRenderer,
  deniedPage,
  type MessageContent,
  type MessagePageSetting,
  numberIn,
} from "../messages/message-page.ts";
import { bearerOf } from "../page-bearer.ts";
import { presentationOf } from "../shown-details.ts";
import { listView, outcomeView, requestView, signInView } from "./approval-views.ts";
import type { ApprovalsOptions } from "./approvals-options.ts";
import { waitingTexts } from "./waiting-texts.ts";
import { readTicket, writeTicket } from "./ticket-cookie.ts";

const MAX_LOCALES = 200;
const ID = /^[\w-]{22}$/;
/** Below which all of it is. */
export const APPROVALS_PATH = "/approvals";

/** Where the pages are, and which applications' pages may show a waiting screen. */
interface ApprovalsSetting extends MessagePageSetting {
  readonly allowedOrigins: readonly string[];
}

/** One visit by the signed-in user. */
interface Visit {
  readonly request: Request;
  readonly user: string;
  readonly language: Language;
  readonly id: string;
}

/**
 * Creates the pages of the inbox, at `/approvals`, behind the application's own session. They have no script and fit in no frame, and
 * their addresses hold no token: whoever opens one must be the user.
 */
export function createApprovalsPages(
  engine: Engine,
  { inbox, user: whoIs, signInUrl }: ApprovalsOptions,
  { basePath, languages, theme, appName, allowedOrigins }: ApprovalsSetting,
): FetchHandler {
  const base = `${basePath}${APPROVALS_PATH}`;
  const render = createRenderer(theme, appName);
  const languageFor = (request: Request, locale?: string): Language =>
    languages.choose({ action: locale, acceptLanguage: request.headers.get("accept-language") });

  /** Answers the signed-in user, and nobody else. */
  const page =
    (answer: (visit: Visit) => Promise<Response | MessageContent>): Endpoint["respond"] =>
    async ({ request }, params) => {
      try {
        const language = languageFor(request);
        const user = await whoIs(request);
        if (user === undefined || user === null || user === "") return render(signInView(language, signInUrl));
        const answered = await answer({ request, user, language, id: params.get("id") ?? "" });
        return answered instanceof Response ? answered : render(answered);
      } catch (error) {
        return replyToError(error);
      }
    };

  const outcome = (
    language: Language,
    status: number,
    title: Parameters<Language["text"]>[0],
    ...paragraphs: readonly Parameters<Language["text"]>[0][]
  ): MessageContent =>
    outcomeView(language, base, {
      status,
      title: language.text(title),
      paragraphs: paragraphs.map((key) => language.text(key)),
    });
  const gone = (language: Language): MessageContent => outcome(language, 404, "link.tooLate.title", "approvals.gone");

  async function deny({ user, id, language }: Visit): Promise<MessageContent> {
    const challenge = await inbox.decline(user, id);
    if (challenge === undefined) return gone(language);
    if (challenge.token !== undefined) await endChallenge(engine, challenge.token);
    return deniedPage(language);
  }

  async function match(visit: Visit, form: Form): Promise<Response | MessageContent> {
    const { user, id, language } = visit;
    const isOpen = (await inbox.open(user)).some((one) => one.id === id);
    if (!isOpen) return gone(language);
    const matched = await inbox.match(user, id, numberIn(form) ?? "");
    if (matched?.url === undefined) return outcome(language, 400, "link.wrong.title", "approvals.wrong");
    const url = new URL(matched.url);
    url.searchParams.set("view", "approvals");
    return seeOther(url.href, writeTicket(matched.ticket, { path: base, isSecure: url.protocol === "https:" }));
  }

  /** The challenge page sends the browser here. The cookie says that it is the one which entered the number. */
  async function complete({ request, user }: Visit): Promise<Response> {
    const token = new URL(request.url).searchParams.get("token") ?? "";
    const ticket = readTicket(request);
    const isTaken =
      ticket !== undefined &&
      (await isResultOf(engine, user, token)) &&
      (await inbox.complete(user, ticket, token)) !== undefined;
    // To an address without the token, which is of no use to anybody who has no session of the user's.
    return seeOther(`${base}/${isTaken ? "approved" : "open"}`, ...(isTaken ? [writeTicket("", { path: base })] : []));
  }

  const endpoints: readonly Endpoint[] = [
    {
      method: "GET",
      path: APPROVALS_PATH,
      respond: page(async ({ user, language }) =>
        listView(await inbox.open(user), presentationOf(engine, language), language, base),
      ),
    },
    { method: "GET", path: `${APPROVALS_PATH}/return`, respond: page(complete) },
    {
      method: "GET",
      path: `${APPROVALS_PATH}/approved`,
      respond: page(async ({ language }) => outcome(language, 200, "link.done.title", "link.done.text")),
    },
    {
      method: "GET",
      path: `${APPROVALS_PATH}/open`,
      respond: page(async ({ language }) => outcome(language, 200, "link.wrong.title", "approvals.nothing")),
    },
    {
      method: "GET",
      path: `${APPROVALS_PATH}/:id`,
      respond: page(async ({ user, language, id }) => {
        const request = ID.test(id) ? (await inbox.open(user)).find((one) => one.id === id) : undefined;
        if (request === undefined) return gone(language);
        return requestView(request, presentationOf(engine, language), language, base);
      }),
    },
    {
      // Of no request in particular: whoever asks has the address, which is all that is in the picture.
      method: "GET",
      path: `${APPROVALS_PATH}/:id/waiting`,
      respond({ request, url }, params) {
        const id = params.get("id") ?? "";
        const uiLocales = url.searchParams.get("ui_locales")?.slice(0, MAX_LOCALES);
        const language = languages.choose({ uiLocales, acceptLanguage: request.headers.get("accept-language") });
        const texts = ID.test(id) ? waitingTexts(language, `${inbox.pageUrl}/${id}`) : undefined;
        return withOrigin(jsonReply(texts === undefined ? 404 : 200, texts ?? {}), request, allowedOrigins);
      },
    },
    {
      method: "POST",
      path: `${APPROVALS_PATH}/:id`,
      respond: page(async (visit) => {
        const form = await readForm(visit.request);
        if (!isFromHere(visit.request)) throw new EngineError("request_invalid", "The form is of another site.");
        // In the language of the page that the form is on.
        const reading = { ...visit, language: languageFor(visit.request, form.get("locale")) };
        return form.has("deny") ? deny(reading) : match(reading, form);
      }),
    },
  ];
  return createDispatcher(endpoints, {
    basePath,
    refuse: (request, methods) =>
      methods.length === 0
        ? render(gone(languageFor(request)))
        : errorReply(405, "invalid_request", "The endpoint has no such method.", { allow: methods.join(", ") }),
  });
}

/** Lets a page of an application that is known read a reply. */
function withOrigin(response: Response, request: Request, allowedOrigins: readonly string[]): Response {
  const origin = request.headers.get("origin");
  response.headers.set("vary", "origin");
  if (origin !== null && allowedOrigins.includes(origin)) response.headers.set("access-control-allow-origin", origin);
  return response;
}

/** Ends the challenge that a request was for. What was approved meanwhile, or has ended, stays as it is. */
async function endChallenge(engine: Engine, token: string): Promise<void> {
  try {
    await engine.challenges.deny(token);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
}

/** True for the result of a challenge: who leaves the challenge page comes back with the token of the challenge itself. */
async function isResultOf(engine: Engine, user: string, token: string): Promise<boolean> {
  try {
    const { isProved, key } = await bearerOf(engine, token);
    return isProved && key.userId === user;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

function seeOther(location: string, ...cookies: readonly string[]): Response {
  const headers = new Headers({ location, "cache-control": "no-store", "referrer-policy": "no-referrer" });
  for (const cookie of cookies) headers.append("set-cookie", cookie);
  return new Response(null, { status: 303, headers });
}
