import type { ReviewerProof, ReviewerSessions } from "@require-action/engine/reviewers";
import { type Html, html } from "../pages/html.ts";
import type { ConsoleOidc } from "./console-oidc.ts";
import { type Problem, seeOther } from "./page/console-page.ts";
import { address, returnTo } from "./page/return-to.ts";
import { type Cookies, randomToken } from "./sessions.ts";

const COOKIE = /^([\w-]{43})\.([\w-]{0,5400})$/;
const RETRY_AFTER_SECONDS = "5";

/** What the way in by an identity provider needs of the others. */
interface Surroundings {
  readonly oidc: ConsoleOidc;
  readonly cookies: Cookies;
  readonly refuse: ReviewerSessions["refuse"];
  /** Shows the ways in, and what was wrong. */
  readonly page: (request: Request, back: string, problem: Problem) => Response;
  /** Starts a session. */
  readonly begin: (proof: ReviewerProof, environment: unknown, request: Request, to: string) => Promise<Response>;
}

/** The way in by an identity provider. */
export interface OidcSignIn {
  /** Sends the browser to the provider. */
  start(request: Request): Promise<Response>;
  /** Reads what the browser comes back with. */
  finish(request: Request, environment: unknown): Promise<Response>;
}

/**
 * Creates the way in by an identity provider. A cookie of this browser has the secret that state, nonce and PKCE's verifier are made
 * of, and the page to go to: nothing of a sign-in that was begun is kept here, and what is begun in one browser ends in no other.
 */
export function createOidcSignIn({ oidc, cookies, refuse, page, begin }: Surroundings): OidcSignIn {
  return {
    async start(request) {
      const back = returnTo(new URL(request.url).searchParams.get("return"));
      const secret = randomToken();
      const kept = `${secret}.${Buffer.from(back).toString("base64url")}`;
      return seeOther(await oidc.begin(secret), [cookies.write("console-oidc", kept)]);
    },
    async finish(request, environment) {
      const [, secret, kept = ""] = COOKIE.exec(cookies.read(request, "console-oidc") ?? "") ?? [];
      const back = returnTo(Buffer.from(kept, "base64url").toString());
      // Good for one answer, whatever that is.
      const used = (response: Response): Response => {
        response.headers.append("set-cookie", cookies.write("console-oidc", undefined));
        return response;
      };
      const refused = (reason: string, problem: Problem, reviewerId?: string): Response => {
        refuse(reason, reviewerId);
        return used(page(request, back, problem));
      };
      if (secret === undefined) return refused("oidc_not_begun", problems.notBegun);
      const answer = await oidc.complete(secret, new URL(request.url).search);
      if ("unavailable" in answer) {
        const response = refused(answer.unavailable, problems.unavailable(oidc.name));
        response.headers.set("retry-after", RETRY_AFTER_SECONDS);
        return response;
      }
      if ("refused" in answer) {
        return refused(answer.refused, problems.refused[answer.refused] ?? problems.notAccepted(oidc.name));
      }
      const { identity } = answer;
      const authority = oidc.authorityOf(identity);
      if (authority === undefined)
        return refused("oidc_subject_unknown", problems.unknown(identity.subject, oidc.name));
      return used(await begin({ reviewerId: authority.reviewerId, identity }, environment, request, back));
    },
  };
}

/** Leads to the provider, and back to the page that was asked for. A link, as forms are kept to this server. */
export function oidcLink({ name }: ConsoleOidc, back: string): Html {
  const to = address("sign-in-oidc", { return: back === "reviews" ? undefined : back });
  return html`<p class="card stack narrow"><a class="button" href="${to}">Sign in with ${name}</a></p>`;
}

/** After a sign-out here: the provider still knows the browser, and signs it in again without asking. */
export function signedOutNotice({ name, signOutUrl }: ConsoleOidc): Problem {
  const link = signOutUrl !== undefined && html`<a href="${signOutUrl}">Sign out of ${name}, too</a>`;
  return { status: 200, text: html`You are signed out here. ${link}` };
}

const problems = {
  notBegun: { status: 403, text: "The sign-in was not begun in this browser, or too long ago. Try again." },
  unavailable: (name: string) => ({
    status: 503,
    text: `${name} does not answer, or not as it should. Try again, or sign in another way.`,
  }),
  notAccepted: (name: string) => ({ status: 403, text: `The answer of ${name} was not accepted. Try again.` }),
  unknown: (subject: string, name: string) => ({
    status: 403,
    text: `You are ${subject} at ${name}, who is no reviewer here. Ask an administrator.`,
  }),
  refused: {
    oidc_access_denied: { status: 403, text: "The sign-in was refused or stopped there. Try again." },
    oidc_acr_insufficient: {
      status: 403,
      text: "That way of signing in is not strong enough here. Use a stronger one.",
    },
  } as Readonly<Record<string, Problem>>,
};
