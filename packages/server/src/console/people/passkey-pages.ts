import { type Engine, EngineError } from "@require-action/engine";
import type { Reviewer, ReviewerPasskeys } from "@require-action/engine/reviewers";
import type { Endpoint } from "../../http/dispatcher.ts";
import type { Form } from "../../http/read-form.ts";
import { type Html, html } from "../../pages/html.ts";
import { answerIn, ceremony } from "../page/passkey-form.ts";
import { describeUserAgent } from "../page/user-agent.ts";
import type { ConsoleKit, PageSession } from "./console-kit.ts";

/** What the page says after a change, by the word in its address. */
const notices: ReadonlyMap<string, string> = new Map([
  ["added", "Added. You can sign in with it from now on."],
  ["renamed", "Renamed."],
  ["removed", "Removed, and what it had signed in is signed out."],
]);

/** A reviewer's own passkeys: another one is added, and one renamed or taken away, by whoever proves one of them again. */
export function passkeyEndpoints({ reviewers }: Engine, kit: ConsoleKit): readonly Endpoint[] {
  const { passkeys } = reviewers;

  async function page(request: Request, session: PageSession, notice?: string): Promise<Response> {
    const reviewer = await reviewers.find(session.reviewer);
    const { secret, cookies } = kit.browser(request);
    const content =
      passkeys === undefined || reviewer === undefined || reviewer.passkeys.length === 0
        ? none
        : list(reviewer, passkeys.begin(secret), session, kit);
    return kit.show(
      session,
      { title: "Your passkeys", current: "sessions", notice, usesPasskeys: true, cookies },
      content,
    );
  }

  /** @throws EngineError `credential_unknown` unless the form has the answer of a passkey of this reviewer */
  async function prove(request: Request, form: Form, { reviewer }: PageSession): Promise<void> {
    const { secret } = kit.browser(request);
    const proved = await passkeys?.complete(secret, form.get("challengeId") ?? "", answerIn(form));
    if (proved?.reviewerId !== reviewer) throw notProved();
  }

  return [
    {
      method: "GET",
      path: "/passkeys",
      respond: kit.signedIn((request, { searchParams }, session) =>
        page(request, session, notices.get(searchParams.get("done") ?? "")),
      ),
    },
    {
      method: "POST",
      path: "/passkeys",
      respond: kit.signedIn(async (request, _url, session) => {
        const form = await kit.readForm(request, session.formToken);
        if (passkeys === undefined) throw new EngineError("not_found", "There are no passkeys here.");
        const { reviewer } = session;
        const { secret } = kit.browser(request);
        const [challengeId, answer] = [form.get("challengeId") ?? "", answerIn(form)];
        switch (form.get("do")) {
          case "begin": {
            const begun = await passkeys.beginAdding(reviewer, secret, challengeId, answer);
            if (begun === undefined) throw notProved();
            const name = describeUserAgent(request.headers.get("user-agent") ?? "");
            const frame = { title: "Add a passkey", current: "sessions", usesPasskeys: true } as const;
            return kit.show(session, frame, creationForm(begun, session, name));
          }
          case "add":
            await passkeys.add(reviewer, secret, challengeId, answer, form.get("name"));
            return kit.seeOther("passkeys?done=added");
          case "rename":
            await prove(request, form, session);
            await reviewers.renamePasskey(reviewer, form.get("passkey") ?? "", form.get("name") ?? "");
            return kit.seeOther("passkeys?done=renamed");
          case "remove": {
            await prove(request, form, session);
            const by = { actor: reviewer, reason: "removed_by_owner" };
            await reviewers.removePasskey(reviewer, form.get("passkey") ?? "", by, {
              hasOtherWay: kit.hasOtherWay(reviewer),
            });
            return kit.seeOther("passkeys?done=removed");
          }
          default:
            throw new EngineError("request_invalid", "Which change?");
        }
      }),
    },
  ];
}

function notProved(): EngineError {
  return new EngineError("credential_unknown", "That was none of your passkeys, or too long ago. Begin again.");
}

const none = html`<p class="card muted">You have none here. An administrator makes a link for the first one.</p>`;

type Begun = ReturnType<ReviewerPasskeys["begin"]>;

function list({ passkeys }: Reviewer, begun: Begun, session: PageSession, { time }: ConsoleKit): Html {
  return html`<section class="card">
      <h2>Add another one</h2>
      <p>On another device, or as a spare. Prove first that it is you, with one that you have.</p>
      ${provingForm("begin", begun, session, undefined, html`<button>Add a passkey</button>`)}
    </section>
    ${passkeys.map(
      ({ credentialId, name = "Passkey", createdAt, lastUsedAt }) =>
        html`<section class="card">
          <h2>${name}</h2>
          <p class="muted">
            Since ${time(createdAt)}, ${lastUsedAt === undefined ? "not used yet" : html`used ${time(lastUsedAt)}`}
          </p>
          <details>
            <summary>Rename ${name}</summary>
            ${provingForm(
              "rename",
              begun,
              session,
              html`<input type="hidden" name="passkey" value="${credentialId}" />
                <label
                  >Its name <input name="name" value="${name}" required maxlength="64" autocomplete="off"
                /></label>`,
              html`<button class="plain" aria-label="Rename ${name}">Rename</button>`,
            )}
          </details>
          ${provingForm(
            "remove",
            begun,
            session,
            html`<input type="hidden" name="passkey" value="${credentialId}" />`,
            html`<button class="reject" aria-label="Remove ${name}">Remove</button>`,
          )}
        </section>`,
    )}`;
}

function provingForm(what: string, begun: Begun, session: PageSession, fields: Html | undefined, button: Html): Html {
  return html`<form method="post" action="passkeys" class="stack" ${ceremony("get", begun.options)}>
    ${hiddenFields(what, begun.challengeId, session)} ${fields}
    <div class="actions">${button}</div>
    <p class="muted" role="status" data-problem></p>
    <noscript><p>A passkey needs JavaScript.</p></noscript>
  </form>`;
}

function creationForm(
  { challengeId, options }: NonNullable<Awaited<ReturnType<ReviewerPasskeys["beginAdding"]>>>,
  session: PageSession,
  name: string | undefined,
): Html {
  return html`<form method="post" action="passkeys" class="card stack narrow" ${ceremony("create", options)}>
    ${hiddenFields("add", challengeId, session)}
    <label>Its name <input name="name" value="${name}" maxlength="64" autocomplete="off" /></label>
    <button>Create a passkey</button>
    <p class="muted" role="status" data-problem></p>
    <p><a href="passkeys">Back without one</a></p>
  </form>`;
}

function hiddenFields(what: string, challengeId: string, { formToken }: PageSession): Html {
  return html`<input type="hidden" name="formToken" value="${formToken}" />
    <input type="hidden" name="do" value="${what}" />
    <input type="hidden" name="challengeId" value="${challengeId}" />
    <input type="hidden" name="answer" />`;
}
