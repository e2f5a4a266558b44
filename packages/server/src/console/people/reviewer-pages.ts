import { type Engine, EngineError } from "@require-action/engine";
import {
  type Reviewer,
  type ReviewerChanges,
  type ReviewerRole,
  reviewerRoles,
} from "@require-action/engine/reviewers";
import type { Endpoint } from "../../http/dispatcher.ts";
import type { Form } from "../../http/read-form.ts";
import { type Html, html } from "../../pages/html.ts";
import type { ConsoleKit, PageSession } from "./console-kit.ts";

/** What the page says after a change, by the word in its address. */
const notices: ReadonlyMap<string, string> = new Map([
  ["changed", "Changed. It counts from the reviewer's next page on."],
  ["removed", "Removed, and signed out everywhere."],
  ["passkey", "The passkey is removed, and what it had signed in is signed out."],
]);

const roleWords: Readonly<Record<ReviewerRole, string>> = {
  look: "look: sees everything, changes nothing",
  decide: "decide: approves and rejects",
  administer: "administer: users and reviewers, too",
};

/** Who the reviewers are, for those who administer: invite, change, remove. */
export function reviewerEndpoints({ reviewers }: Engine, kit: ConsoleKit): readonly Endpoint[] {
  async function page(session: PageSession, notice: string | undefined, link?: Html): Promise<Response> {
    const list = await reviewers.list();
    return kit.show(
      session,
      { title: "Reviewers", current: "reviewers", notice },
      html`${link} ${reviewers.passkeys === undefined ? noPasskeys : inviteForm(session)}
      ${list.map((reviewer) => reviewerCard(reviewer, session, kit))}`,
    );
  }

  async function carryOut(form: Form, session: PageSession): Promise<Response> {
    const reviewerId = form.get("reviewer") ?? "";
    const by = { actor: session.reviewer, reason: form.get("reason") ?? "" };
    switch (form.get("do")) {
      case "invite": {
        const { token } = await reviewers.invite(reviewerId, changesIn(form), by);
        return page(session, undefined, invitation(reviewerId, token));
      }
      case "link": {
        const { token } = await reviewers.invite(reviewerId, {}, by);
        return page(session, undefined, invitation(reviewerId, token));
      }
      case "change":
        await reviewers.update(reviewerId, changesIn(form), by);
        return kit.seeOther("reviewers?done=changed");
      case "remove":
        await reviewers.remove(reviewerId, by);
        return kit.seeOther("reviewers?done=removed");
      case "remove-passkey":
        // There, it takes a proof.
        if (reviewerId === session.reviewer)
          throw new EngineError("self_review", "Your own passkeys have their own page.");
        await reviewers.removePasskey(reviewerId, form.get("passkey") ?? "", by);
        return kit.seeOther("reviewers?done=passkey");
      default:
        throw new EngineError("request_invalid", "Which change?");
    }
  }

  return [
    {
      method: "GET",
      path: "/reviewers",
      respond: kit.signedIn((_request, { searchParams }, session) =>
        page(session, notices.get(searchParams.get("done") ?? "")),
      ),
    },
    {
      method: "POST",
      path: "/reviewers",
      respond: kit.signedIn(async (request, _url, session) =>
        carryOut(await kit.readForm(request, session.formToken), session),
      ),
    },
  ];
}

/** Shown once, to whoever hands it on. What is behind the # reaches no server until the reviewer opens it. */
function invitation(reviewerId: string, token: string): Html {
  return html`<section class="card" id="link">
    <h2>The link for ${reviewerId}</h2>
    <p>Hand it on now: it is not shown again. It opens once, in one browser, within 24 hours.</p>
    <p><a href="invitation#${token}">Copy the address of this link</a></p>
  </section>`;
}

const noPasskeys = html`<p class="card muted">
  Nobody can be invited, as the engine has no passkeys. Reviewers with passwords are in the configuration.
</p>`;

/** Fields for accounts of one reviewer; each has one id, which a field keeps as it is. */
const USER_FIELDS = 20;
/** Empty ones for more. */
const SPARE_FIELDS = 2;

/** The role and the users of a form. */
function changesIn(form: Form): ReviewerChanges {
  const role = form.get("role");
  const users = Array.from({ length: USER_FIELDS }, (_none, index) => form.get(`user${index}`));
  return {
    // The engine knows which there are.
    ...(role === undefined ? {} : { role: role as ReviewerRole }),
    // A form without the fields changes nothing about them.
    ...(users.every((id) => id === undefined)
      ? {}
      : { userIds: users.filter((id) => id !== undefined && id !== "") as string[] }),
  };
}

function roleField(current: ReviewerRole): Html {
  return html`<label
    >Role
    <select name="role">
      ${reviewerRoles.map((role) => html`<option value="${role}" ${role === current && { markup: "selected" }}>${roleWords[role]}</option>`)}
    </select>
  </label>`;
}

function usersField(userIds: readonly string[]): Html {
  const shown = Math.min(userIds.length + SPARE_FIELDS, USER_FIELDS);
  const ids = Array.from({ length: shown }, (_none, index) => userIds[index] ?? "");
  return html`<fieldset class="stack">
    <legend>Their own user ids: somebody else decides what these users ask for</legend>
    ${ids.map(
      (id, index) =>
        html`<input name="user${index}" value="${id}" aria-label="User id ${index + 1}" autocomplete="off" />`,
    )}
  </fieldset>`;
}

const reasonField = html`<label>Reason <input name="reason" required maxlength="500" autocomplete="off" /></label>`;

function formOf(session: PageSession, what: string, reviewerId: string | undefined, fields: Html, button: Html): Html {
  return html`<form method="post" action="reviewers" class="stack">
    <input type="hidden" name="formToken" value="${session.formToken}" />
    <input type="hidden" name="do" value="${what}" />
    ${reviewerId !== undefined && html`<input type="hidden" name="reviewer" value="${reviewerId}" />`} ${fields}
    ${reasonField}
    <div class="actions">${button}</div>
  </form>`;
}

function inviteForm(session: PageSession): Html {
  return html`<details class="card">
    <summary>Invite a reviewer</summary>
    ${formOf(
      session,
      "invite",
      undefined,
      html`<label>Name <input name="reviewer" required maxlength="256" autocomplete="off" /></label>
        ${roleField("decide")} ${usersField([])}`,
      html`<button>Make a link</button>`,
    )}
  </details>`;
}

function reviewerCard(reviewer: Reviewer, session: PageSession, { time }: ConsoleKit): Html {
  const { reviewerId, role, userIds, createdAt, passkeys, invitedUntil } = reviewer;
  const isSelf = reviewerId === session.reviewer;
  return html`<article class="card" aria-label="${reviewerId}">
    <div class="head">
      <h2>${reviewerId}</h2>
      <span class="tag">${role}</span>
    </div>
    <dl>
      <dt>Is the user</dt>
      <dd>${userIds.length === 0 ? "none" : userIds.join(", ")}</dd>
      <dt>Since</dt>
      <dd>${time(createdAt)}</dd>
      <dt>Passkeys</dt>
      <dd>${passkeys.length}</dd>
      ${
        invitedUntil !== undefined &&
        html`<dt>Link open until</dt>
          <dd>${time(invitedUntil)}</dd>`
      }
    </dl>
    ${
      isSelf
        ? html`<p class="muted">
            This is you: another administrator changes what you may do. <a href="passkeys">Your passkeys</a>
          </p>`
        : html`<details>
            <summary>Change ${reviewerId}</summary>
            ${formOf(session, "change", reviewerId, html`${roleField(role)} ${usersField(userIds)}`, html`<button>Change</button>`)}
            ${formOf(session, "link", reviewerId, html`<p>A link adds a passkey, on another device or in place of a lost one.</p>`, html`<button class="plain">Make a link</button>`)}
            ${formOf(session, "remove", reviewerId, html`<p>Removing signs out everywhere.</p>`, html`<button class="reject">Remove ${reviewerId}</button>`)}
          </details>`
    }
    ${(isSelf ? [] : passkeys).map(
      ({ credentialId, name, createdAt: madeAt, lastUsedAt }) =>
        html`<details>
          <summary>
            Passkey ${name} of ${time(madeAt)},
            ${lastUsedAt === undefined ? "not used yet" : html`used ${time(lastUsedAt)}`}
          </summary>
          ${formOf(
            session,
            "remove-passkey",
            reviewerId,
            html`<input type="hidden" name="passkey" value="${credentialId}" />`,
            html`<button class="reject">Remove this passkey</button>`,
          )}
        </details>`,
    )}
  </article>`;
}
