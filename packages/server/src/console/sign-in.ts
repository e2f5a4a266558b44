import { createHash } from "node:crypto";
import { EngineError } from "@require-action/engine";
import { isFromHere, readForm } from "../http/read-form.ts";
import type { ParsedConsoleOptions } from "./console-options.ts";
import { consolePage, seeOther } from "./console-page.ts";
import { type ConsoleSessions, type Cookies, isSameToken, randomToken } from "./sessions.ts";
import { html } from "../pages/html.ts";
import { isPassword } from "./password.ts";

const MAX_ATTEMPTS = 10;
const ATTEMPT_WINDOW_MS = 5 * 60 * 1000;

/** Shows the sign-in form, and what was wrong before. */
export function signInPage(cookies: Cookies, problem?: { readonly status: number; readonly text: string }): Response {
  const formToken = randomToken();
  return consolePage(
    {
      title: "Sign in",
      status: problem?.status ?? 200,
      notice: problem?.text,
      cookies: [cookies.write("console-form", formToken)],
    },
    html`<form method="post" action="sign-in" class="card stack narrow">
      <input type="hidden" name="formToken" value="${formToken}" />
      <label>Reviewer <input name="reviewer" autocomplete="username" required autofocus /></label>
      <label>Password <input type="password" name="password" autocomplete="current-password" required /></label>
      <button>Sign in</button>
    </form>`,
  );
}

/**
 * Signs a reviewer in. Unknown names take the same time and get the same answer as wrong passwords, and each try counts
 * before it is made.
 */
export async function signIn(
  request: Request,
  { reviewers, store, clock }: ParsedConsoleOptions,
  sessions: ConsoleSessions,
  cookies: Cookies,
  oneAtATime: OneAtATime,
): Promise<Response> {
  const form = await readForm(request);
  const expected = cookies.read(request, "console-form");
  if (!isFromHere(request) || expected === undefined || !isSameToken(expected, form.get("formToken") ?? "")) {
    return signInPage(cookies, { status: 403, text: "The form was too old. Try again." });
  }
  const name = form.get("reviewer") ?? "";
  const reviewer = reviewers.get(name);
  const key = ["console-sign-in", bucketOf(name)];
  const { allowed } = await store.countAttempt(key, MAX_ATTEMPTS, ATTEMPT_WINDOW_MS, clock.now());
  if (!allowed) return signInPage(cookies, { status: 429, text: "Too many tries. Wait five minutes." });
  const isRight = await oneAtATime(() => isPassword(form.get("password") ?? "", reviewer?.passwordHash));
  if (isRight === undefined) return signInPage(cookies, { status: 429, text: "Too many are signing in. Try again." });
  if (reviewer === undefined || !isRight) {
    return signInPage(cookies, { status: 403, text: "Name or password is wrong." });
  }
  await store.resetAttempts(key);
  const session = await sessions.start(reviewer);
  return seeOther("reviews", [cookies.write("console", session.id), cookies.write("console-form", undefined)]);
}

/** One of 65,536 counters: names that nobody has cannot fill the store, and are counted as those that somebody has. */
function bucketOf(name: string): string {
  return createHash("sha256").update(name).digest("hex").slice(0, 4);
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
export function createOneAtATime(maxWaiting: number): OneAtATime {
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
