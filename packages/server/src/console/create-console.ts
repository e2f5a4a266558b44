import { type ActionQuery, type Engine, EngineError } from "@require-action/engine";
import type { ReviewerRole } from "@require-action/engine/reviewers";
import { createDispatcher, type Endpoint } from "../http/dispatcher.ts";
import type { FetchHandler } from "../http/exchange.ts";
import { activityView, parseFilters } from "./activity-view.ts";
import { auditView } from "./audit-view.ts";
import { type ConsoleOptions, type ConsoleSurroundings, parseConsoleOptions } from "./console-options.ts";
import { type OidcSignIn, signedOutNotice } from "./oidc-sign-in.ts";
import { consolePage, type PageFrame, seeOther, signInFirst, type Viewer } from "./page/console-page.ts";
import { actionTag, time } from "./page/describe-action.ts";
import { figureEndpoints } from "./figures/figure-routes.ts";
import type { ConsoleKit } from "./people/console-kit.ts";
import { passkeyEndpoints } from "./people/passkey-pages.ts";
import { reviewerEndpoints } from "./people/reviewer-pages.ts";
import { sessionEndpoints } from "./people/session-pages.ts";
import { userEndpoints } from "./people/user-pages.ts";
import { may, roleFor } from "./page/roles.ts";
import { type ConsoleSession, createConsoleSessions, createCookies, isSameToken } from "./sessions.ts";
import { isOutOfReach, retryAfterOf } from "../http/reply.ts";
import { type Html, html, table } from "../pages/html.ts";
import { createSignIn, readSessionForm } from "./sign-in.ts";
import { exportReply, formatOf } from "./queue/export.ts";
import { queueRoutes } from "./queue/queue-routes.ts";
import { returnTo } from "./page/return-to.ts";

/** A step that was sent may have been made: its reply alone was lost. */
const OUT_OF_REACH = "The store is out of reach. Open the queue again: it says what was decided.";

/** Answers one request of a signed-in reviewer. */
type Page = (request: Request, url: URL, session: ConsoleSession) => Promise<Response>;

/**
 * Creates the review console, below `/console`: reviewers sign in, see the queue with all that matters, approve or reject,
 * look at recent actions and audit trails. It works without any script. Of two reviewers who decide at once, the second
 * is told that the first was faster.
 * @throws ConfigurationError that names the option
 */
export function createConsole(
  engine: Engine,
  options: ConsoleOptions,
  surroundings: ConsoleSurroundings = {},
): FetchHandler {
  const parsed = parseConsoleOptions(options, surroundings, engine.reviewers.passkeys !== undefined);
  const { oidc } = parsed;
  const home = `${parsed.basePath}/console`;
  const cookies = createCookies(parsed.secureCookies);
  const sessions = createConsoleSessions(engine, parsed, cookies);
  const signIn = createSignIn(engine, parsed, sessions, cookies);

  const show = async (session: ConsoleSession, frame: PageFrame, content: Promise<Html> | Html): Promise<Response> =>
    consolePage({ viewer: session, ...frame }, await content);

  /** Asks others to sign in first, and refuses what takes another role. */
  const signedIn =
    (page: Page): Endpoint["respond"] =>
    async ({ request, url }) => {
      const session = await sessions.find(request);
      if (session === undefined) return request.method === "GET" ? signInFirst(url) : seeOther("sign-in");
      const needed = roleFor(request.method, url.pathname.slice(home.length));
      return may(session.role, needed)
        ? page(request, url, session)
        : problemPage(403, refusal(session.role, needed), session);
    };

  const kit: ConsoleKit = {
    signedIn,
    show,
    browser: cookies.browser,
    hasOtherWay: (id) => oidc?.reviewerIds.includes(id) === true,
    readForm: readSessionForm,
    seeOther,
    table,
    time,
    state: (action) => actionTag(action, engine),
  };

  const endpoints: readonly Endpoint[] = [
    {
      method: "GET",
      path: "/sign-in",
      async respond({ request, url }) {
        const back = returnTo(url.searchParams.get("return"));
        if ((await sessions.find(request)) !== undefined) return seeOther(back);
        const isSignedOut = oidc !== undefined && url.searchParams.get("done") === "signed-out";
        return signIn.page(request, back, isSignedOut ? signedOutNotice(oidc) : undefined);
      },
    },
    ...(signIn.withOidc === undefined ? [] : oidcEndpoints(signIn.withOidc)),
    {
      method: "POST",
      path: "/sign-in",
      respond: ({ request, environment }) => signIn.withPassword(request, environment),
    },
    {
      method: "POST",
      path: "/passkey",
      respond: ({ request, environment }) => signIn.withPasskey(request, environment),
    },
    { method: "GET", path: "/invitation", respond: async ({ request }) => signIn.invitationPage(request) },
    { method: "POST", path: "/invitation", respond: ({ request }) => signIn.openInvitation(request) },
    {
      method: "POST",
      path: "/invitation-passkey",
      respond: ({ request, environment }) => signIn.acceptInvitation(request, environment),
    },
    ...queueRoutes({
      engine,
      clock: parsed.clock,
      cookies,
      isSameToken,
      viewerOf: (request, isUse) => sessions.find(request, isUse),
      refuse: (viewer) => problemPage(403, refusal(viewer.role, "decide"), viewer),
    }),
    {
      method: "GET",
      path: "/activity",
      respond: signedIn((_request, { searchParams }, session) =>
        show(session, { title: "Activity", current: "activity" }, activityView(engine, searchParams)),
      ),
    },
    {
      method: "GET",
      path: "/activity-export",
      respond: signedIn(async (_request, { searchParams }) => {
        const filters = { ...parseFilters(searchParams), mayLag: true };
        const list = (page: ActionQuery): ReturnType<Engine["actions"]["query"]> =>
          engine.actions.query({ ...filters, ...page });
        return exportReply("activity", formatOf(searchParams), list, engine);
      }),
    },
    {
      method: "GET",
      path: "/audit",
      respond: signedIn((_request, { searchParams }, session) =>
        show(session, { title: "Audit trail" }, auditView(engine, searchParams)),
      ),
    },
    {
      method: "POST",
      path: "/sign-out",
      respond: signedIn(async (request, _url, session) => {
        await readSessionForm(request, session.formToken);
        await sessions.end(session);
        return seeOther(session.isByOidc ? "sign-in?done=signed-out" : "sign-in", [
          cookies.write("console", undefined),
        ]);
      }),
    },
    ...figureEndpoints(engine, parsed.clock, kit),
    ...reviewerEndpoints(engine, kit),
    ...sessionEndpoints(engine, kit),
    ...passkeyEndpoints(engine, kit),
    ...userEndpoints(engine, kit),
  ];
  const dispatch = createDispatcher(endpoints, {
    basePath: home,
    async refuse(request, methods) {
      const session = await sessions.find(request);
      if (methods.length === 0) return problemPage(404, "There is no such page.", session);
      const page = problemPage(405, "There is nothing to see at this address: only forms are sent to it.", session);
      page.headers.set("allow", methods.join(", "));
      return page;
    },
  });

  return async (request, environment) => {
    const { pathname } = new URL(request.url);
    if (pathname === home) return seeOther("console/reviews");
    if (pathname === `${home}/`) return seeOther("reviews");
    try {
      return await dispatch(request, environment);
    } catch (error) {
      if (isOutOfReach(error)) {
        const page = problemPage(503, OUT_OF_REACH, undefined);
        page.headers.set("retry-after", retryAfterOf(error));
        return page;
      }
      const session = await sessions.find(request).catch(() => undefined);
      if (error instanceof EngineError) return problemPage(error.status, wordsOf(error), session);
      return problemPage(500, "Something went wrong here. Nothing was decided.", session);
    }
  };
}

function oidcEndpoints({ start, finish }: OidcSignIn): readonly Endpoint[] {
  return [
    { method: "GET", path: "/sign-in-oidc", respond: ({ request }) => start(request) },
    {
      method: "GET",
      path: "/sign-in-oidc-callback",
      respond: ({ request, environment }) => finish(request, environment),
    },
  ];
}

function refusal(role: ReviewerRole, needed: ReviewerRole): string {
  return `This takes a reviewer who may ${needed}, and you may ${role}.`;
}

function wordsOf(error: EngineError): string {
  if (error.reason === "state_conflict") return "Somebody else was faster: this review is not open any more.";
  return error.detail;
}

function problemPage(status: number, text: string, viewer: Viewer | undefined): Response {
  const frame = { title: "That did not work", status, viewer };
  return consolePage(
    frame,
    html`<p class="card">${text}</p>
      <p><a href="reviews">To the queue</a></p>`,
  );
}
