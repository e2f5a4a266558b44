import { type AppOptions, isUserName } from "@require-action-examples/bank";
import type { OffHttpGuard } from "@require-action/core/off-http";
import type { Inbox } from "@require-action/mcp";
import { type Context, Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { html } from "hono/html";

interface Env {
  Variables: { user: string };
}

export interface PagesOptions extends Pick<AppOptions, "url" | "sessions"> {
  readonly guard: OffHttpGuard;
  readonly inbox: Inbox;
}

const TICKET = "approval";

/** What the user sees of it: signing in, setting up a passkey, and approving what an assistant asks for. */
export function createPages({ url, sessions, guard, inbox }: PagesOptions): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    c.header("cache-control", "no-store");
    c.header("referrer-policy", "no-referrer");
    c.header("content-security-policy", "default-src 'none'; form-action *; frame-ancestors 'none'; base-uri 'none'");
    const session = sessions.find(c.req.header("cookie"));
    if (session) c.set("user", session.userId);
    else if (c.req.path !== "/session") return c.html(page(html`${signIn(c.req.path)}`), 401);
    return next();
  });

  app.post("/session", async (c) => {
    const { user, next } = await c.req.parseBody();
    if (!isUserName(user)) return c.text("The name must be such as alice.", 400);
    c.header("set-cookie", sessions.signIn(user));
    // A path of these pages, whatever the form says.
    return c.redirect(/^\/approvals\/[\w-]{22}$/.test(String(next)) ? String(next) : "/", 303);
  });

  app.get("/", async (c) =>
    c.html(
      page(html`
        <p>Signed in as ${c.var.user}.</p>
        <ul>
          ${(await inbox.open(c.var.user)).map(({ id, action }) => html`<li><a href="/approvals/${id}">${action}</a></li>`)}
        </ul>
        <form method="post" action="/passkey"><button>Set up a passkey</button></form>
      `),
    ),
  );

  app.post("/passkey", async (c) => {
    const addAuthenticator = guard.action("add-authenticator");
    const call = { user: c.var.user, bound: "none", redirectUrl: `${url}/` } as const;
    const result = await addAuthenticator.run(call, () => undefined);
    return "url" in result && result.url ? c.redirect(result.url, 303) : c.redirect("/", 303);
  });

  // The challenge page sends the browser here. The cookie says that it is the browser which entered the number.
  app.get("/approvals/return", async (c) => {
    const ticket = getCookie(c, TICKET) ?? "";
    deleteCookie(c, TICKET, { path: "/approvals" });
    const approved = await inbox.complete(c.var.user, ticket, c.req.query("token") ?? "");
    return c.html(
      page(approved ? html`<p>Approved. Go back to your assistant.</p>` : html`<p>Nothing was approved.</p>`),
    );
  });

  app.get("/approvals/:id", async (c) => {
    const request = (await inbox.open(c.var.user)).find(({ id }) => id === c.req.param("id"));
    if (!request) return nothingOpen(c);
    return c.html(
      page(html`
        <p>Your assistant asks for <b>${request.action}</b>:</p>
        <dl>
          ${Object.entries(request.bound ?? {}).map(
            ([name, value]) =>
              html`<dt>${name}</dt>
                <dd>${value}</dd>`,
          )}
        </dl>
        <form method="post">
          <label>The number that your assistant shows: <input name="number" inputmode="numeric" required /></label>
          <button>Approve</button>
        </form>
        <form method="post" action="/approvals/${request.id}/decline"><button>I do not want this</button></form>
      `),
    );
  });

  app.post("/approvals/:id", async (c) => {
    const { number } = await c.req.parseBody();
    const matched = await inbox.match(c.var.user, c.req.param("id"), String(number));
    if (!matched?.url) return nothingOpen(c);
    setCookie(c, TICKET, matched.ticket, { httpOnly: true, sameSite: "Lax", path: "/approvals" });
    return c.redirect(matched.url, 303);
  });

  app.post("/approvals/:id/decline", async (c) => {
    await inbox.decline(c.var.user, c.req.param("id"));
    return c.html(page(html`<p>It will not be done.</p>`));
  });
  return app;
}

function nothingOpen(c: Context): Response | Promise<Response> {
  return c.html(page(html`<p>There is no such request, or it has ended. Ask your assistant again.</p>`), 404);
}

/** A real bank asks for more than a name here. */
function signIn(next: string) {
  return html`
    <form method="post" action="/session">
      <input type="hidden" name="next" value="${next}" />
      <label>Your name: <input name="user" value="alice" required /></label>
      <button>Sign in</button>
    </form>
  `;
}

function page(content: ReturnType<typeof html>) {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width" />
      <title>Example Bank</title>
      <h1>Example Bank</h1>
      ${content}
    </html>`;
}
