import { type Engine, EngineError } from "@require-action/engine";
import type { ReviewerPasskeys, ReviewerProof } from "@require-action/engine/reviewers";
import { networkOf } from "@require-action/engine/server";
import { incomingOf } from "../http/incoming.ts";
import { isFromHere, readForm } from "../http/read-form.ts";
import type { ParsedConsoleOptions } from "./console-options.ts";
import { createOidcSignIn, oidcLink, type OidcSignIn } from "./oidc-sign-in.ts";
import { consolePage, type Problem, seeOther } from "./page/console-page.ts";
import { type ConsoleSessions, type Cookies, isSameToken, randomToken } from "./sessions.ts";
import { answerIn, ceremony } from "./page/passkey-form.ts";
import { returnTo } from "./page/return-to.ts";
import { describeUserAgent } from "./page/user-agent.ts";
import { type Html, html } from "../pages/html.ts";
import { isPassword } from "./password.ts";

const MAX_WAITING_SIGN_INS = 3;
const MAX_USER_AGENT = 256;

/** How reviewers come in. */
export interface SignIn {
  /** Shows the ways in, which lead back to a page, and what was wrong before. */
  page(request: Request, back: string, problem?: Problem): Response;
  withPassword(request: Request, environment: unknown): Promise<Response>;
  withPasskey(request: Request, environment: unknown): Promise<Response>;
  /** By an identity provider; absent where there is none. */
  readonly withOidc: OidcSignIn | undefined;
  /** Shows what an invitation is opened with: its token is where no server sees it. */
  invitationPage(request: Request, problem?: Problem): Response;
  openInvitation(request: Request): Promise<Response>;
  acceptInvitation(request: Request, environment: unknown): Promise<Response>;
}

/**
 * Creates the console's ways in: a passkey, proved to the engine itself, an account at an identity provider, or the password of a
 * reviewer who has no passkey.
 */
export function createSignIn(
  {
    reviewers: {
      find,
      passkeys,
      passwords,
      sessions: { refuse },
    },
  }: Engine,
  { reviewers, oidc }: ParsedConsoleOptions,
  sessions: ConsoleSessions,
  cookies: Cookies,
): SignIn {
  const oneAtATime = createOneAtATime(MAX_WAITING_SIGN_INS);

  /** The form token that this browser has already. */
  function openToken(request: Request): string | undefined {
    const known = cookies.read(request, "console-form");
    return known !== undefined && /^[\w-]{43}$/.test(known) ? known : undefined;
  }

  /** A page for whoever is not signed in, with a form token of its own. */
  function openPage(
    request: Request,
    title: string,
    problem: Problem | undefined,
    content: (formToken: string, browser: string) => Html,
    // One for all tabs of a browser, in each of which somebody may sign in.
    token = openToken(request) ?? randomToken(),
  ): Response {
    const { secret, cookies: known } = cookies.browser(request);
    return consolePage(
      {
        title,
        status: problem?.status ?? 200,
        notice: problem?.text,
        cookies: [cookies.write("console-form", token), ...known],
        usesPasskeys: passkeys !== undefined,
      },
      content(token, secret),
    );
  }

  const page: SignIn["page"] = (request, back, problem) =>
    openPage(request, "Sign in", problem, (formToken, browser) => {
      const password = reviewers.size > 0 && passwordForm(formToken, back, problem?.reviewer);
      return html`${passkeys !== undefined && passkeyForm(passkeys, formToken, back, browser)}
      ${oidc !== undefined && oidcLink(oidc, back)} ${password}`;
    });

  const invitationPage: SignIn["invitationPage"] = (request, problem) =>
    openPage(request, "Invitation", problem, (formToken) => invitationForm(formToken));

  /** The form, if this browser was shown it by us. */
  async function readOpenForm(
    request: Request,
    given?: ReadonlyMap<string, string>,
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const form = given ?? (await readForm(request));
    const expected = cookies.read(request, "console-form");
    const isOurs = isFromHere(request) && expected !== undefined && isSameToken(expected, form.get("formToken") ?? "");
    return isOurs ? form : undefined;
  }

  async function begin(proof: ReviewerProof, environment: unknown, request: Request, to: string): Promise<Response> {
    const address = addressOf(request, environment);
    const userAgent = request.headers.get("user-agent")?.slice(0, MAX_USER_AGENT).toWellFormed();
    const secret = await sessions.start({ ...proof, address, userAgent });
    return seeOther(to, [cookies.write("console", secret)]);
  }

  return {
    page,
    invitationPage,
    withOidc: oidc && createOidcSignIn({ oidc, cookies, refuse, page, begin }),
    async withPassword(request, environment) {
      const given = await readForm(request);
      const back = returnTo(given.get("return"));
      const form = await readOpenForm(request, given);
      if (form === undefined) return page(request, back, tooOld);
      const name = form.get("reviewer") ?? "";
      const reviewer = reviewers.get(name);
      const again = (status: number, text: string): Response => page(request, back, { status, text, reviewer: name });
      const network = addressOf(request, environment);
      const from = {
        browser: cookies.read(request, "console-browser"),
        address: network === undefined ? undefined : networkOf(network),
      };
      // Counted before it is made; unknown names take the same time and get the same answer as wrong passwords.
      if (!(await passwords.count(name, from)))
        return again(429, "Too many tries. Wait five minutes, or sign in with a passkey.");
      const isRight = await oneAtATime(() => isPassword(form.get("password") ?? "", reviewer?.passwordHash));
      if (isRight === undefined) return again(429, "Too many are signing in. Try again.");
      if (reviewer === undefined || !isRight) return again(403, "Name or password is wrong.");
      // What is stronger is not to be gone round. Only whoever has the password learns of it.
      if (((await find(reviewer.id))?.passkeys.length ?? 0) > 0)
        return again(403, "You have a passkey: sign in with that.");
      await passwords.signedIn(reviewer.id, from);
      const { id: reviewerId, passwordHash } = reviewer;
      return begin(
        { reviewerId, passwordHash },
        environment,
        request,
        passkeys === undefined || back !== "reviews" ? back : "reviews?done=password",
      );
    },
    async withPasskey(request, environment) {
      const given = await readForm(request);
      const back = returnTo(given.get("return"));
      const form = await readOpenForm(request, given);
      if (form === undefined || passkeys === undefined) return page(request, back, tooOld);
      const { secret } = cookies.browser(request);
      const proved = await passkeys.complete(secret, form.get("challengeId") ?? "", answerIn(form));
      if (proved === undefined) return page(request, back, { status: 403, text: "That passkey signs nobody in here." });
      return begin(proved, environment, request, back);
    },
    async openInvitation(request) {
      const form = await readOpenForm(request);
      if (form === undefined || passkeys === undefined) return invitationPage(request, tooOld);
      const token = form.get("token") ?? "";
      try {
        const { secret } = cookies.browser(request);
        const invitation = await passkeys.open(token, secret);
        const name = describeUserAgent(request.headers.get("user-agent") ?? "");
        return openPage(request, "Invitation", undefined, (formToken) =>
          acceptForm(formToken, token, name, invitation),
        );
      } catch (error) {
        return invitationPage(request, refusalOf(error));
      }
    },
    async acceptInvitation(request, environment) {
      const form = await readOpenForm(request);
      if (form === undefined || passkeys === undefined) return invitationPage(request, tooOld);
      try {
        const { secret } = cookies.browser(request);
        const challengeId = form.get("challengeId") ?? "";
        const token = form.get("token") ?? "";
        const proved = await passkeys.accept(token, secret, challengeId, answerIn(form), form.get("name"));
        return await begin(proved, environment, request, "reviews");
      } catch (error) {
        return invitationPage(request, refusalOf(error));
      }
    },
  };
}

const tooOld: Problem = { status: 403, text: "The form was too old. Try again." };

/** @throws what is no refusal of ours */
function refusalOf(error: unknown): Problem {
  if (error instanceof EngineError && error.status < 500) return { status: 403, text: error.detail };
  throw error;
}

/** The other end of the connection, which is a proxy's where there is one. */
function addressOf(request: Request, environment: unknown): string | undefined {
  return incomingOf(request, environment)?.socket?.remoteAddress;
}

function passkeyForm(passkeys: ReviewerPasskeys, formToken: string, back: string, browser: string): Html {
  const { challengeId, options } = passkeys.begin(browser);
  return html`<form method="post" action="passkey" class="card stack narrow" ${ceremony("get", options)}>
    <input type="hidden" name="formToken" value="${formToken}" />
    <input type="hidden" name="return" value="${back}" />
    <input type="hidden" name="challengeId" value="${challengeId}" />
    <input type="hidden" name="answer" />
    <button>Sign in with a passkey</button>
    <p class="muted" role="status" data-problem></p>
    <noscript><p>A passkey needs JavaScript.</p></noscript>
  </form>`;
}

function passwordForm(formToken: string, back: string, reviewer: string = ""): Html {
  return html`<form method="post" action="sign-in" class="card stack narrow">
    <input type="hidden" name="formToken" value="${formToken}" />
    <input type="hidden" name="return" value="${back}" />
    <label>Reviewer <input name="reviewer" value="${reviewer}" autocomplete="username" required /></label>
    <label>Password <input type="password" name="password" autocomplete="current-password" required /></label>
    <button class="plain">Sign in with a password</button>
  </form>`;
}

function invitationForm(formToken: string): Html {
  return html`<form method="post" action="invitation" class="card stack narrow" data-invitation>
    <input type="hidden" name="formToken" value="${formToken}" />
    <input type="hidden" name="token" />
    <p>
      You are invited to review actions. The link opens once, in this browser: open it on a device that you will sign in
      with.
    </p>
    <button>Open the invitation</button>
    <noscript><p>A passkey needs JavaScript.</p></noscript>
  </form>`;
}

function acceptForm(
  formToken: string,
  token: string,
  name: string | undefined,
  { reviewerId, role, challengeId, options }: Awaited<ReturnType<ReviewerPasskeys["open"]>>,
): Html {
  return html`<form method="post" action="invitation-passkey" class="card stack narrow" ${ceremony("create", options)}>
    <input type="hidden" name="formToken" value="${formToken}" />
    <input type="hidden" name="token" value="${token}" />
    <input type="hidden" name="challengeId" value="${challengeId}" />
    <input type="hidden" name="answer" />
    <p>Welcome, <strong>${reviewerId}</strong>. You may ${role}. You sign in with a passkey from now on.</p>
    <label>Its name <input name="name" value="${name}" maxlength="64" autocomplete="off" /></label>
    <button>Create a passkey</button>
    <p class="muted" role="status" data-problem></p>
  </form>`;
}

/** What a signed-in reviewer posted. @throws EngineError `request_invalid` when the form is not one of this session's */
export async function readSessionForm(request: Request, formToken: string): Promise<ReadonlyMap<string, string>> {
  const form = await readForm(request);
  if (!isFromHere(request) || !isSameToken(formToken, form.get("formToken") ?? "")) {
    throw new EngineError("request_invalid", "The form is not from this session. Open the page again.");
  }
  return form;
}

/** Runs work when its turn comes; `undefined`, and nothing done, when too many are waiting. */
type OneAtATime = <T>(work: () => Promise<T>) => Promise<T | undefined>;

/**
 * Creates a queue for work that is dear: hashing passwords takes memory and the threads that the engine signs its tokens on,
 * so that a flood of strangers would slow every decision down.
 */
function createOneAtATime(maxWaiting: number): OneAtATime {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting > maxWaiting) return undefined;
    waiting++;
    const turn = last.then(work);
    last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      waiting--;
    }
  };
}
