import type { Clock } from "@require-action/core";
import { isId } from "@require-action/core/provider";
import { type Engine, EngineError } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import type { Endpoint } from "../../http/dispatcher.ts";
import { isFromHere, readForm } from "../../http/read-form.ts";
import { jsonReply } from "../../http/reply.ts";
import { html } from "../../pages/html.ts";
import { consolePage, type PageFrame, seeOther, signInFirst, type Viewer } from "../page/console-page.ts";
import { answerIn } from "../page/passkey-form.ts";
import { nameOf } from "../page/describe-action.ts";
import { address, returnTo, signInAddress, withNotice } from "../page/return-to.ts";
import { carryOut, confirmPage, keptPage, parseAddress, parsePosted, resultPage, verbs } from "./decide.ts";
import { casePage } from "./case-page.ts";
import { receiptCard } from "./receipt-card.ts";
import { exportReply, fileReply, formatOf } from "./export.ts";
import { newsReply } from "./news.ts";
import { queuePage } from "./queue-page.ts";
import { signedApprovals } from "./signed-approvals.ts";
import { may } from "../page/roles.ts";
import { decisionOf } from "../page/reasons.ts";
import { findCases, parseFilter, scopeOf } from "./review-filter.ts";

const ENDED = "Your session has ended.";

/** What the pages of reviews need of the console around them. */
export interface QueueContext {
  readonly engine: Engine;
  readonly clock: Clock;
  /** Who is signed in. @param isUse false for what a page does by itself */
  readonly viewerOf: (request: Request, isUse?: boolean) => Promise<Viewer | undefined>;
  /** Compares form tokens in constant time. */
  readonly isSameToken: (one: string, other: string) => boolean;
  /** Answers a reviewer who may look, and decide nothing. */
  readonly refuse: (viewer: Viewer) => Response;
  readonly cookies: {
    read(request: Request, name: "console-seen"): string | undefined;
    browser(request: Request): { readonly secret: string; readonly cookies: readonly string[] };
    write(name: "console-seen", value: string): string;
  };
}

type Page = (routed: { readonly request: Request; readonly url: URL; readonly viewer: Viewer }) => Promise<Response>;

/** The pages of reviews, and what is posted from them. */
export function queueRoutes({
  engine,
  clock,
  viewerOf,
  refuse,
  isSameToken,
  cookies,
}: QueueContext): readonly Endpoint[] {
  /** Shows a page to a reviewer; others sign in first, and come back to it. */
  const shown = (path: string, page: Page): Endpoint => ({
    method: "GET",
    path,
    async respond({ request, url }) {
      const viewer = await viewerOf(request);
      if (viewer === undefined) return signInFirst(url);
      return page({ request, url, viewer });
    },
  });

  const mayDecide = ({ role }: Viewer): boolean => may(role, "decide");

  /** Takes a form of this very session. */
  async function readOwnForm(request: Request, viewer: Viewer): Promise<ReadonlyMap<string, string>> {
    const form = await readForm(request);
    if (!isFromHere(request) || !isSameToken(viewer.formToken, form.get("formToken") ?? "")) {
      throw new EngineError("request_invalid", "The form is not from this session. Open the page again.");
    }
    return form;
  }

  /** Asks once more; who signs with a passkey does so on this page. */
  async function askOnce(
    request: Request,
    asked: Parameters<typeof confirmPage>[0],
    viewer: Viewer,
    frame: PageFrame,
  ): Promise<Response> {
    const actions = await findCases(engine, asked.cases);
    const [only] = actions;
    const { secret, cookies: known } = cookies.browser(request);
    const vote =
      asked.decision === "approve" && only !== undefined && actions.length === 1
        ? await engine.reviews.beginVote(only, viewer.reviewer, secret)
        : undefined;
    const isSigned = await signedApprovals(engine, viewer.reviewer);
    const isApart = (action: ActionRecord): boolean =>
      vote === undefined && asked.decision === "approve" && isSigned(action);
    const content = confirmPage(asked, actions, engine, viewer, { vote, isApart });
    return consolePage(vote === undefined ? frame : { ...frame, usesPasskeys: true, cookies: known }, content);
  }

  async function decide(request: Request): Promise<Response> {
    const wantsJson = request.headers.get("accept") === "application/json";
    const viewer = await viewerOf(request);
    if (viewer !== undefined && !mayDecide(viewer)) return refuse(viewer);
    const form = await readForm(request);
    if (viewer === undefined) return wantsJson ? jsonReply(401, { text: ENDED }) : keptDecision(form);
    if (!isFromHere(request)) throw new EngineError("request_invalid", "The form is not from this site.");
    const asked = parsePosted(form);
    if (!isSameToken(viewer.formToken, form.get("formToken") ?? "")) {
      if (wantsJson) return jsonReply(403, { text: "You have signed in anew: look again and confirm." });
      const notice = "Nothing was decided yet. You have signed in anew, so look again and confirm.";
      const title = verbs[asked.decision].button;
      return askOnce(request, asked, viewer, { title, status: 403, viewer, notice });
    }
    if (form.get("step") === "ask") {
      return askOnce(request, asked, viewer, { title: `${verbs[asked.decision].button} this review?`, viewer });
    }
    const challengeId = form.get("challengeId");
    const { secret: browser } = cookies.browser(request);
    const passkey = challengeId === undefined ? undefined : { browser, challengeId, response: answerIn(form) };
    const results = await carryOut(asked, engine, viewer, passkey);
    const isDone = results.every((result) => result.isDone);
    if (wantsJson) return jsonReply(isDone ? 200 : 409, { results });
    if (isDone) {
      const done = results.every(({ text }) => text === verbs[asked.decision].done) ? asked.decision : "vote";
      return seeOther(withNotice(asked.back, { done, count: String(results.length) }));
    }
    const actions = await findCases(engine, asked.cases);
    const frame: PageFrame = { title: "Not everything was decided", status: 409, viewer };
    return consolePage(frame, resultPage(asked, results, actions, engine, viewer));
  }

  return [
    shown("/reviews", async ({ request, url: { searchParams }, viewer }) => {
      const filter = parseFilter(searchParams);
      const now = clock.now();
      const seen = Number(cookies.read(request, "console-seen") ?? Number.NaN);
      const seenAt = Number.isSafeInteger(seen) ? seen : undefined;
      const content = await queuePage({ engine, viewer, now, seenAt }, filter);
      const isStart = filter.status === "open" && filter.after === undefined;
      return consolePage(
        {
          title: "Reviews",
          current: "reviews",
          viewer,
          notice: doneNotice(searchParams),
          cookies: isStart ? [cookies.write("console-seen", String(now))] : [],
        },
        content,
      );
    }),
    {
      method: "GET",
      path: "/news",
      async respond({ request, url: { searchParams } }) {
        const isLive = async (): Promise<boolean> => (await viewerOf(request)) !== undefined;
        // No page learns why a stream was refused, so that this one says it itself.
        const isStream = request.headers.get("accept") === "text/event-stream";
        if (!isStream && !(await isLive())) return jsonReply(401, { text: ENDED });
        return newsReply(searchParams, engine, isLive);
      },
    },
    shown("/export", async ({ url: { searchParams } }) => {
      const filter = parseFilter(searchParams);
      const format = formatOf(searchParams);
      const scope = { ...scopeOf(filter), status: filter.status, mayLag: true };
      return exportReply(
        `reviews-${filter.status}`,
        format,
        (page) => engine.reviews.list({ ...scope, ...page }),
        engine,
      );
    }),
    shown("/decide", async ({ request, url: { searchParams }, viewer }) => {
      if (!mayDecide(viewer)) return refuse(viewer);
      // As the button for many sends it.
      if (!searchParams.has("case")) return seeOther(withNotice(returnTo(searchParams.get("back")), { done: "none" }));
      const asked = parseAddress(searchParams);
      const actions = await findCases(engine, asked.cases);
      if (actions.length === 0) throw new EngineError("not_found", "There is no such action.");
      const { button } = verbs[asked.decision];
      const title = actions.length === 1 ? `${button} this review?` : `${button} these reviews?`;
      return askOnce(request, asked, viewer, { title, current: "reviews", viewer });
    }),
    shown("/case", async ({ request, url: { searchParams }, viewer }) => {
      const action = await findCase(searchParams.get("id"));
      const notice =
        searchParams.get("done") === "comment" ? "Your comment is in the timeline." : doneNotice(searchParams);
      const title = nameOf(action, engine);
      const receipt = receiptCard(action, await engine.receipts?.find(action), engine);
      const { secret } = cookies.browser(request);
      const isSigned = (await engine.reviews.beginVote(action, viewer.reviewer, secret)) !== undefined;
      const surroundings = { engine, viewer, now: clock.now(), receipt, isSigned };
      return consolePage({ title, viewer, notice }, await casePage(action, surroundings));
    }),
    shown("/receipt", async ({ url: { searchParams }, viewer }) => {
      const action = await findCase(searchParams.get("id"));
      if (engine.receipts === undefined) throw new EngineError("not_found", "No receipts are kept here.");
      const lines = await engine.receipts.excerpt(action, { actor: viewer.reviewer, reason: "console" });
      return fileReply(`receipt-${action.actionId}.jsonl`, lines);
    }),
    { method: "POST", path: "/decide", respond: ({ request }) => decide(request) },
    {
      method: "POST",
      path: "/comment",
      async respond({ request }) {
        const viewer = await viewerOf(request);
        if (viewer === undefined) return keptComment(await readForm(request));
        if (!mayDecide(viewer)) return refuse(viewer);
        const form = await readOwnForm(request, viewer);
        const action = await findCase(form.get("case"));
        await engine.reviews.comment(action, { reviewer: viewer.reviewer, note: form.get("note")?.trim() ?? "" });
        return seeOther(address("case", { id: action.actionId, done: "comment" }));
      },
    },
    {
      method: "POST",
      path: "/claim",
      async respond({ request }) {
        const wantsJson = request.headers.get("accept") === "application/json";
        // The script renews a claim for as long as its page is seen.
        const viewer = await viewerOf(request, !wantsJson);
        if (viewer === undefined) return wantsJson ? jsonReply(401, { text: ENDED }) : seeOther("sign-in");
        if (!mayDecide(viewer)) return refuse(viewer);
        const form = await readOwnForm(request, viewer);
        const action = await findCase(form.get("case"));
        const isClaimed = await claim(action, viewer.reviewer, form.get("claim"));
        if (wantsJson) return jsonReply(200, { isClaimed });
        return seeOther(address("case", { id: action.actionId }));
      },
    },
  ];

  /** Claims, or gives up a claim; false where somebody else is looking. */
  async function claim(action: ActionRecord, reviewer: string, what: string | undefined): Promise<boolean> {
    if (what === "release") {
      await engine.reviews.release(action, reviewer);
      return false;
    }
    try {
      await engine.reviews.claim(action, reviewer);
      return true;
    } catch (error) {
      if (error instanceof EngineError && error.reason === "state_conflict") return false;
      throw error;
    }
  }

  /** Finds the action of a case. @throws EngineError `request_invalid`, `not_found` */
  async function findCase(id: string | null | undefined): Promise<ActionRecord> {
    if (!isId(id)) throw new EngineError("request_invalid", "Which review?");
    const [action] = await findCases(engine, [id]);
    if (action === undefined) throw new EngineError("not_found", "There is no such action.");
    return action;
  }
}

function doneNotice(search: URLSearchParams): string | undefined {
  const done = search.get("done");
  if (done === "password")
    return "You signed in with a password alone. Ask an administrator for a link, by which you make a passkey.";
  if (done === "none") return "Nothing was decided: select a review first.";
  if (done === "vote") return "Your approval counts. It takes more than one here, so others have to approve as well.";
  const decision = decisionOf(done);
  if (decision === undefined) return undefined;
  const count = Number(search.get("count"));
  const what =
    count > 1 && count <= 1000
      ? `${count} reviews were ${verbs[decision].done}.`
      : `The review was ${verbs[decision].done}.`;
  return decision === "approve" ? `${what} Users can repeat their requests now.` : `${what} Nothing of it will run.`;
}

/** What is kept of a decision whose session has ended; a form that says nothing leads to the sign-in. */
function keptDecision(form: ReadonlyMap<string, string>): Response {
  try {
    return consolePage({ title: "Sign in again", status: 401 }, keptPage(parsePosted(form)));
  } catch {
    return seeOther("sign-in");
  }
}

/** What is kept of a comment whose session has ended. */
function keptComment(form: ReadonlyMap<string, string>): Response {
  const note = form.get("note") ?? "";
  if (note === "") return seeOther("sign-in");
  return consolePage(
    { title: "Sign in again", status: 401 },
    html`<div class="card stack">
      <p>Your session has ended, and nothing was written. Your text is kept on this page.</p>
      <textarea readonly aria-label="Your text">${note}</textarea>
      <p>
        <a href="${signInAddress(address("case", { id: form.get("case") }))}" target="_blank" rel="noopener"
          >Sign in on a new tab</a
        >, and paste it there.
      </p>
    </div>`,
  );
}
