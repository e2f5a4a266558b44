import { type Engine, EngineError } from "@require-action/engine";
import type { ReviewerSession } from "@require-action/engine/reviewers";
import type { Endpoint } from "../../http/dispatcher.ts";
import { type Html, html } from "../../pages/html.ts";
import { describeUserAgent } from "../page/user-agent.ts";
import type { ConsoleKit, PageSession } from "./console-kit.ts";

const COLUMNS = ["Reviewer", "Signed in", "Last used", "By", "From", "Session"];

/** Who is signed in: a reviewer's own sessions, and all of them for those who administer. */
export function sessionEndpoints({ reviewers: { sessions } }: Engine, kit: ConsoleKit): readonly Endpoint[] {
  const listFor = ({ role, reviewer }: PageSession): Promise<readonly ReviewerSession[]> =>
    sessions.list(role === "administer" ? undefined : reviewer);

  return [
    {
      method: "GET",
      path: "/sessions",
      respond: kit.signedIn(async (_request, { searchParams }, session) => {
        const notice = searchParams.get("done") === "ended" ? "Signed out there." : undefined;
        const rows = (await listFor(session)).map((one) => sessionRow(one, session, kit));
        return kit.show(
          session,
          { title: "Signed in", current: "sessions", notice },
          html`<p class="muted">
              You are ${session.reviewer}, and may ${session.role}. <a href="passkeys">Your passkeys</a>
            </p>
            ${kit.table("Sessions", COLUMNS, rows)}`,
        );
      }),
    },
    {
      method: "POST",
      path: "/sessions",
      respond: kit.signedIn(async (request, _url, session) => {
        const form = await kit.readForm(request, session.formToken);
        // Of those that this reviewer is shown.
        const ended = (await listFor(session)).find(({ sessionId }) => sessionId === form.get("session"));
        if (ended === undefined) throw new EngineError("not_found", "There is no such session any more.");
        await sessions.end(ended.sessionId, { actor: session.reviewer, reason: "ended_in_console" });
        return kit.seeOther("sessions?done=ended");
      }),
    },
  ];
}

function proofOf({ credentialId, identity }: ReviewerSession): string {
  if (credentialId !== undefined) return "passkey";
  return identity === undefined ? "password" : `account ${identity.subject} at ${new URL(identity.issuer).host}`;
}

function sessionRow(one: ReviewerSession, { id, formToken }: PageSession, { time }: ConsoleKit): Html {
  const { sessionId, reviewerId, createdAt, lastUsedAt, address = "unknown", userAgent } = one;
  return html`<tr>
    <td>${reviewerId}</td>
    <td>${time(createdAt)}</td>
    <td>${time(lastUsedAt)}</td>
    <td>${proofOf(one)}</td>
    <td>
      ${address}${userAgent !== undefined && html`<br /><span class="muted" title="${userAgent}">${describeUserAgent(userAgent) ?? "another program"}</span>`}
    </td>
    <td>
      ${
        sessionId === id
          ? html`<span class="muted">this one</span>`
          : html`<form method="post" action="sessions">
              <input type="hidden" name="formToken" value="${formToken}" />
              <input type="hidden" name="session" value="${sessionId}" />
              <button class="plain" aria-label="Sign out ${reviewerId}, ${address}">Sign out</button>
            </form>`
      }
    </td>
  </tr>`;
}
