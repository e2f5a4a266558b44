import { type Authenticator, type Engine, EngineError } from "@require-action/engine";
import type { FoundUser, UserLocks } from "@require-action/engine/reviewers";
import type { UserRecord } from "@require-action/engine/store";
import { isId } from "@require-action/core/provider";
import type { Endpoint } from "../../http/dispatcher.ts";
import type { Form } from "../../http/read-form.ts";
import { type Html, html } from "../../pages/html.ts";
import { readableName } from "../../pages/visible-text.ts";
import type { ConsoleKit, PageSession } from "./console-kit.ts";

const RECENT = 20;

/** What the page says after a change, by the word in its address. */
const notices: ReadonlyMap<string, string> = new Map([
  ["unlocked", "Unlocked. Wrong answers count anew."],
  ["removed", "Removed. The user cannot prove with it any more."],
  ["revoked", "Forgotten. The next time, the device is challenged."],
  ["ended", "All sessions have ended."],
]);

/** Users who ask for help: found, seen, and by those who administer helped. */
export function userEndpoints(engine: Engine, kit: ConsoleKit): readonly Endpoint[] {
  const { support } = engine;

  async function carryOut(form: Form, userId: string, session: PageSession): Promise<string> {
    const by = { actor: session.reviewer, reason: form.get("reason") ?? "" };
    const about = form.get("about") ?? "";
    switch (form.get("do")) {
      case "unlock":
        await support.unlock(userId, by, about === "" ? undefined : about);
        return "unlocked";
      case "remove":
        await support.removeAuthenticator(userId, about, by);
        return "removed";
      case "revoke":
        await support.revokeDevice(userId, about, by);
        return "revoked";
      case "end":
        await support.endSessions(userId, by);
        return "ended";
      default:
        throw new EngineError("request_invalid", "Which change?");
    }
  }

  return [
    {
      method: "GET",
      path: "/users",
      respond: kit.signedIn(async (_request, { searchParams }, session) => {
        const text = searchParams.get("q") ?? "";
        const found = text.trim() === "" ? undefined : await support.search(text);
        return kit.show(
          session,
          { title: "Users", current: "users" },
          html`${searchForm(text)} ${found !== undefined && foundList(found, kit)}`,
        );
      }),
    },
    {
      method: "GET",
      path: "/user",
      respond: kit.signedIn(async (_request, { searchParams }, session) => {
        const userId = idIn(searchParams.get("id"));
        return kit.show(
          session,
          { title: userId, current: "users", notice: notices.get(searchParams.get("done") ?? "") },
          await userView(engine, userId, session, kit),
        );
      }),
    },
    {
      method: "POST",
      path: "/user",
      respond: kit.signedIn(async (request, _url, session) => {
        const form = await kit.readForm(request, session.formToken);
        const userId = idIn(form.get("user"));
        if (session.userIds.includes(userId))
          throw new EngineError("self_review", "This is you: somebody else changes what is yours.");
        const done = await carryOut(form, userId, session);
        return kit.seeOther(`user?id=${encodeURIComponent(userId)}&done=${done}`);
      }),
    },
  ];
}

/** @throws EngineError `request_invalid` */
function idIn(id: string | null | undefined): string {
  if (!isId(id)) throw new EngineError("request_invalid", "Which user?");
  return id;
}

function searchForm(text: string): Html {
  return html`<form method="get" action="users" class="filters" role="search">
    <label
      >Id, e-mail address, phone number or username
      <input type="search" name="q" value="${text}" autocomplete="off" autofocus
    /></label>
    <button>Find</button>
  </form>`;
}

function foundList(found: readonly FoundUser[], { table }: ConsoleKit): Html {
  if (found.length === 0) return html`<p class="card muted">Nobody is found by that.</p>`;
  return table(
    "Users",
    ["User", "E-mail", "Phone", "Name"],
    found.map(
      ({ userId, user }) =>
        html`<tr>
          <td><a href="user?id=${encodeURIComponent(userId)}">${userId}</a></td>
          <td>${user?.email}</td>
          <td>${user?.phoneNumber}</td>
          <td>${nameOf(user)}</td>
        </tr>`,
    ),
  );
}

function nameOf(user: UserRecord | undefined): string | undefined {
  return user?.displayName ?? user?.username;
}

async function userView(engine: Engine, userId: string, session: PageSession, kit: ConsoleKit): Promise<Html> {
  const [user, authenticators, locks, known, remembered, actions] = await Promise.all([
    engine.users.find(userId),
    engine.authenticators.list(userId),
    engine.support.locks(userId),
    engine.users.devices(userId),
    engine.rememberedDevices.list(userId),
    engine.actions.query({ userId, limit: RECENT, mayLag: true }),
  ]);
  const isOwn = session.userIds.includes(userId);
  const canChange = session.role === "administer" && !isOwn;
  const change = (what: string, about: string, label: string): Html =>
    html`${canChange && changeForm(session, userId, what, about, label)}`;
  const id = encodeURIComponent(userId);
  return html`${isOwn && html`<p class="notice">This is you: somebody else changes what is yours.</p>`}
    ${profileCard(user, kit)}
    <section class="card">
      <h2>Ways to prove</h2>
      ${
        locks.isLocked &&
        html`<p><span class="tag bad">locked</span> Every method that somebody could guess at is locked.</p>
          ${change("unlock", "", "Unlock all")}`
      }
      ${authenticators.length === 0 && html`<p class="muted">None.</p>`}
      ${authenticators.map((one) => authenticatorItem(one, locks, kit, change))}
      ${!locks.isLocked && authenticators.length > 0 && change("unlock", "", "Forget all wrong answers")}
    </section>
    <section class="card">
      <h2>Devices</h2>
      ${known.length + remembered.length === 0 && html`<p class="muted">None.</p>`}
      ${remembered.map(
        ({ deviceId, createdAt, expiresAt, verificationMethod }) =>
          html`<div class="item">
            <p>
              <strong>Remembered device</strong> ${deviceId}<br /><span class="muted"
                >by ${verificationMethod}, since ${kit.time(createdAt)}, until ${kit.time(expiresAt)}</span
              >
            </p>
            ${change("revoke", deviceId, "Forget this device")}
          </div>`,
      )}
      ${known.map(
        ({ deviceId, authenticatedAt, invalidatedAt }) =>
          html`<div class="item">
            <p>
              <strong>Device</strong> ${deviceId}<br /><span class="muted"
                >last proved on
                ${kit.time(authenticatedAt)}${invalidatedAt !== undefined && html`, forgotten ${kit.time(invalidatedAt)}`}</span
              >
            </p>
            ${invalidatedAt === undefined && change("revoke", deviceId, "Forget this device")}
          </div>`,
      )}
      ${change("end", "", "End all sessions")}
    </section>
    <section>
      <h2>Actions</h2>
      ${
        actions.items.length === 0
          ? html`<p class="card muted">None.</p>`
          : kit.table(
              "Actions",
              ["When", "Action", "State", "From"],
              actions.items.map(
                (action) =>
                  html`<tr>
                    <td>${kit.time(action.createdAt)}</td>
                    <td><a href="case?id=${encodeURIComponent(action.actionId)}">${readableName(action.action)}</a></td>
                    <td>${kit.state(action)}</td>
                    <td>${action.attributes.ipAddress}</td>
                  </tr>`,
              ),
            )
      }
      <p class="after"><a href="activity?user=${id}">All actions</a></p>
    </section>`;
}

function profileCard(user: UserRecord | undefined, { time }: ConsoleKit): Html {
  if (user === undefined) return html`<p class="card muted">The application has said nothing of this user.</p>`;
  const { email, emailVerified, phoneNumber, phoneNumberVerified, createdAt, locale } = user;
  const verified = (value: string | undefined, isVerified: boolean | undefined): string | undefined =>
    value === undefined ? undefined : `${value}${isVerified === true ? " (verified)" : ""}`;
  const lines: readonly (readonly [string, string | Html | undefined])[] = [
    ["Name", nameOf(user)],
    ["E-mail", verified(email, emailVerified)],
    ["Phone", verified(phoneNumber, phoneNumberVerified)],
    ["Language", locale],
    ["Known since", time(createdAt)],
  ];
  return html`<section class="card">
    <h2>User</h2>
    <dl>
      ${lines
        .map(
          ([label, value]) =>
            value !== undefined &&
            html`<dt>${label}</dt>
              <dd>${value}</dd>`,
        )
        .filter((line) => line !== false)}
    </dl>
  </section>`;
}

function authenticatorItem(
  one: Authenticator,
  locks: UserLocks,
  { time }: ConsoleKit,
  change: (what: string, about: string, label: string) => Html,
): Html {
  const { userAuthenticatorId: id, verificationMethod, email, phoneNumber, webauthnCredential, createdAt } = one;
  const { isLocked, countedUntil } = locks.authenticators.find((lock) => lock.userAuthenticatorId === id) ?? {};
  const what = webauthnCredential?.name ?? email ?? phoneNumber;
  return html`<div class="item">
    <p>
      <strong>${verificationMethod}</strong> ${what}
      ${isLocked === true && html`<span class="tag bad">locked</span>`}<br />
      <span class="muted"
        >since
        ${time(Date.parse(createdAt))}${one.lastVerifiedAt !== undefined && html`, used ${time(Date.parse(one.lastVerifiedAt))}`}${countedUntil !== undefined && html`, wrong answers of late count until ${time(countedUntil)}`}</span
      >
    </p>
    ${(isLocked === true || countedUntil !== undefined) && change("unlock", id, "Unlock")}
    ${change("remove", id, "Remove")}
  </div>`;
}

function changeForm({ formToken }: PageSession, userId: string, what: string, about: string, label: string): Html {
  return html`<details>
    <summary>${label}</summary>
    <form method="post" action="user" class="stack">
      <input type="hidden" name="formToken" value="${formToken}" />
      <input type="hidden" name="user" value="${userId}" />
      <input type="hidden" name="do" value="${what}" />
      <input type="hidden" name="about" value="${about}" />
      <label>Reason <input name="reason" required maxlength="500" autocomplete="off" /></label>
      <div class="actions"><button class="${what === "unlock" ? "plain" : "reject"}">${label}</button></div>
    </form>
  </details>`;
}
