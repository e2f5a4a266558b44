import { createMemoryInbox, type Inbox, type InboxEvent } from "@require-action/core/agents";
import { codeAt } from "@require-action-test/support/codes";
import { createEngine, type Engine } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createServer, type FetchHandler, type ServerOptions } from "../src/index.ts";
import { apiSecret, policy, sharedSecret, tenantId } from "./harness.ts";

const ORIGIN = "https://bank.example";
let keys = 0;

interface Bank {
  readonly engine: Engine;
  readonly inbox: Inbox;
  readonly events: InboxEvent[];
  readonly server: FetchHandler;
  /** Asks for a withdrawal, and keeps its challenge in the inbox. */
  ask(
    user?: string,
  ): Promise<{ readonly key: string; readonly id: string; readonly number: string; readonly token: string }>;
  get(path: string, user?: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, form: Record<string, string>, user?: string, headers?: Record<string, string>): Promise<Response>;
}

async function openBank(options: Partial<ServerOptions> = {}, basePath = ""): Promise<Bank> {
  const events: InboxEvent[] = [];
  const inbox = createMemoryInbox({ pageUrl: `${ORIGIN}${basePath}/approvals`, on: (event) => events.push(event) });
  const secrets = ["an engine secret for tests, 32 bytes long"];
  const engine = createEngine({ policy, secrets, issuer: ORIGIN, baseUrl: `${ORIGIN}${basePath}` });
  for (const userId of ["alice", "mallory"]) {
    await engine.authenticators.enrollVerified(userId, {
      verificationMethod: "AUTHENTICATOR_APP",
      otpUri: `otpauth://totp/bank:${userId}?secret=${sharedSecret}&issuer=bank`,
    });
  }
  const userOf = (request: Request) => /(?:^|; )session=(\w+)/.exec(request.headers.get("cookie") ?? "")?.[1];
  const server = createServer(engine, {
    apiSecrets: [apiSecret],
    tenantId,
    basePath,
    approvals: { inbox, user: userOf, signInUrl: `${ORIGIN}/sign-in` },
    ...options,
  });
  const call = (path: string, init: RequestInit, user: string | undefined, more: Record<string, string> = {}) => {
    const { cookie, ...others } = more;
    const cookies = [...(user === undefined ? [] : [`session=${user}`]), ...(cookie === undefined ? [] : [cookie])];
    return server(new Request(`${ORIGIN}${path}`, { ...init, headers: { cookie: cookies.join("; "), ...others } }));
  };
  return {
    engine,
    inbox,
    events,
    server,
    async ask(userId = "alice") {
      const key = `key-${++keys}`;
      const custom = { amount: "250", payee: "Bob <b>" };
      const attributes = { idempotencyKey: key, custom };
      const tracked = await engine.track(
        { userId, action: "withdraw-funds", attributes },
        { signal: new AbortController().signal },
      );
      const { token = "", url = "" } = tracked;
      const askedFrom = { ipAddress: "203.0.113.7", userAgent: "Firefox on the desktop" };
      const request = { user: userId, action: "withdraw-funds", canonical: "", keyOnly: true, idempotencyKey: key };
      const kept = await inbox.keep({ ...request, bound: custom, challenge: { token, url }, askedFrom });
      return { key, token, id: kept!.page!.url.split("/").at(-1)!, number: kept!.page!.matchingNumber };
    },
    get: (path, user, headers) => call(path, {}, user, headers),
    post: (path, form, user, headers) =>
      call(path, { method: "POST", body: new URLSearchParams(form) }, user, {
        "content-type": "application/x-www-form-urlencoded",
        ...headers,
      }),
  };
}

async function prove({ engine }: Bank, token: string): Promise<string> {
  const verification = await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(sharedSecret, Date.now()));
  return verification.accessToken!;
}

const standing = async ({ inbox }: Bank, idempotencyKey: string, user = "alice") =>
  inbox.find({ user, action: "withdraw-funds", canonical: "", keyOnly: true, idempotencyKey });

describe("the inbox page", () => {
  it("shows nothing to whoever is not signed in, and to nobody what is another user's", async () => {
    const bank = await openBank();
    const { id, number } = await bank.ask();
    for (const path of ["/approvals", `/approvals/${id}`, "/approvals/approved"]) {
      const stranger = await bank.get(path);
      const text = await stranger.text();
      expect([stranger.status, text.includes("Sign in first"), text.includes("250")]).toEqual([401, true, false]);
      expect(text).toContain(`href="${ORIGIN}/sign-in"`);
    }
    expect(await (await bank.get("/approvals", "mallory")).text()).toContain("Nothing waits for your approval");
    expect((await bank.get(`/approvals/${id}`, "mallory")).status).toBe(404);
    expect((await bank.post(`/approvals/${id}`, { number }, "mallory")).status).toBe(404);
    expect((await bank.post(`/approvals/${id}`, { number })).status).toBe(401);
    expect((await bank.post(`/approvals/${id}`, { deny: "yes" }, "mallory")).status).toBe(404);
    expect(await bank.inbox.open("alice")).toHaveLength(1);
  });

  it("lists the user's requests, and shows what is bound and where it was asked for, without script", async () => {
    const bank = await openBank();
    const { id, token } = await bank.ask();
    const list = await bank.get("/approvals", "alice");
    expect(await list.text()).toContain(`href="/approvals/${id}"`);
    const reply = await bank.get(`/approvals/${id}`, "alice");
    const text = await reply.text();
    for (const part of ["Approve: Withdraw funds", "250", "Bob &lt;b&gt;", "203.0.113.7", "Firefox on the desktop"]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/<script/);
    expect(text).not.toContain(token);
    expect(reply.headers.get("content-security-policy")).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(reply.headers.get("cache-control")).toBe("no-store");
  });

  it("T38, T55: gives the challenge to the browser with the right number, and takes its result with the ticket only", async () => {
    const bank = await openBank();
    const { key, id, number } = await bank.ask();
    const matched = await bank.post(`/approvals/${id}`, { number }, "alice");
    expect(matched.status).toBe(303);
    const location = new URL(matched.headers.get("location")!);
    expect([location.origin, location.pathname, location.searchParams.get("view")]).toEqual([
      ORIGIN,
      "/challenge",
      "approvals",
    ]);
    const cookie = matched.headers.get("set-cookie")!;
    expect(cookie).toMatch(
      /^require-action-approval=[\w-]{43}; Path=\/approvals; Max-Age=3600; HttpOnly; SameSite=Strict; Secure$/,
    );
    const ticket = cookie.split(";")[0]!;
    const result = await prove(bank, location.searchParams.get("token")!);
    const back = (token: string, user: string | undefined, given?: string) =>
      bank.get(`/approvals/return?token=${token}`, user, given === undefined ? {} : { cookie: given });
    const locationOf = async (reply: Promise<Response>) => (await reply).headers.get("location");
    // No ticket, another user, no session, the challenge's own token, and something else.
    expect(await locationOf(back(result, "alice"))).toBe("/approvals/open");
    expect(await locationOf(back(result, "mallory", ticket))).toBe("/approvals/open");
    expect((await back(result, undefined, ticket)).status).toBe(401);
    expect(await locationOf(back(location.searchParams.get("token")!, "alice", ticket))).toBe("/approvals/open");
    expect(await locationOf(back("nonsense", "alice", ticket))).toBe("/approvals/open");
    expect(await standing(bank, key)).toMatchObject({ state: "open" });
    const taken = await back(result, "alice", ticket);
    expect(taken.headers.get("location")).toBe("/approvals/approved");
    expect(taken.headers.get("set-cookie")).toContain("Max-Age=0");
    expect(await standing(bank, key)).toMatchObject({ state: "answered", token: result });
    expect((await bank.get("/approvals/approved", "alice")).status).toBe(200);
    expect((await bank.get("/approvals/open", "alice")).status).toBe(200);
    expect((await bank.get(`/approvals/${id}`, "alice")).status).toBe(404);
  });

  it("T55: ends a request with a wrong number, which was one guess", async () => {
    const bank = await openBank();
    const { key, id, number } = await bank.ask();
    const wrong = await bank.post(`/approvals/${id}`, { number: number === "10" ? "11" : "10" }, "alice");
    expect([wrong.status, wrong.headers.get("set-cookie")]).toEqual([400, null]);
    expect(await wrong.text()).toContain("That is not the number that was shown");
    expect((await bank.post(`/approvals/${id}`, { number }, "alice")).status).toBe(404);
    expect(await standing(bank, key)).toMatchObject({ state: "declined" });
    expect(bank.events).toMatchObject([{ type: "wrong_number" }]);
  });

  it("takes the number from any keyboard, as it takes codes", async () => {
    const bank = await openBank();
    for (const zero of [0x660, 0xff10]) {
      const { id, number } = await bank.ask();
      const { 1: pattern = "" } =
        /pattern="([^"]+)"/.exec(await (await bank.get(`/approvals/${id}`, "alice")).text()) ?? [];
      const typed = [...number].map((digit) => String.fromCodePoint(zero + Number(digit))).join("");
      expect(new RegExp(`^(?:${pattern})$`, "v").test(typed)).toBe(true);
      expect((await bank.post(`/approvals/${id}`, { number: typed }, "alice")).status).toBe(303);
    }
  });

  it('T55: "I did not ask for this" ends the request and its challenge', async () => {
    const bank = await openBank();
    const { key, id, token } = await bank.ask();
    const denied = await bank.post(`/approvals/${id}`, { deny: "yes", locale: "de" }, "alice");
    expect([denied.status, await denied.text()]).toEqual([200, expect.stringContaining('lang="de"')]);
    expect(await standing(bank, key)).toMatchObject({ state: "declined" });
    const action = await bank.engine.actions.find({ userId: "alice", action: "withdraw-funds", idempotencyKey: key });
    expect(action).toMatchObject({ state: "CHALLENGE_FAILED", deniedByUser: true });
    await expect(prove(bank, token)).rejects.toMatchObject({ reason: "challenge_not_open" });
    // One that was approved meanwhile stays so.
    const other = await bank.ask();
    await prove(bank, other.token);
    expect((await bank.post(`/approvals/${other.id}`, { deny: "yes" }, "alice")).status).toBe(200);
  });

  it("refuses forms of other sites, other methods and odd paths", async () => {
    const bank = await openBank();
    const { id, number } = await bank.ask();
    const crossSite = { "sec-fetch-site": "cross-site" };
    expect((await bank.post(`/approvals/${id}`, { number }, "alice", crossSite)).status).toBe(400);
    expect((await bank.post(`/approvals/${id}`, { number }, "alice", { "content-type": "text/plain" })).status).toBe(
      400,
    );
    const put = new Request(`${ORIGIN}/approvals/${id}`, { method: "PATCH", headers: { cookie: "session=alice" } });
    expect((await bank.server(put)).status).toBe(405);
    expect((await bank.get(`/approvals/${id}/more`, "alice")).status).toBe(404);
    expect((await bank.get("/approvals/short", "alice")).status).toBe(404);
    expect(await bank.inbox.open("alice")).toHaveLength(1);
  });

  it("is below the server's base path, and is not there without an inbox", async () => {
    const bank = await openBank({}, "/auth");
    const { id, number } = await bank.ask();
    expect(await (await bank.get("/auth/approvals", "alice")).text()).toContain(`href="/auth/approvals/${id}"`);
    const matched = await bank.post(`/auth/approvals/${id}`, { number }, "alice");
    expect(matched.headers.get("set-cookie")).toContain("Path=/auth/approvals;");
    const without = createServer(bank.engine, { apiSecrets: [apiSecret], tenantId });
    expect((await without(new Request(`${ORIGIN}/approvals`))).status).toBe(404);
  });

  it("has the words and the QR code of a waiting screen, for pages of known origins", async () => {
    const bank = await openBank({ allowedOrigins: ["https://app.example"] });
    const { id } = await bank.ask();
    const waiting = (origin: string, path = `/approvals/${id}/waiting?ui_locales=de-AT`) =>
      bank.get(path, undefined, { origin });
    const reply = await waiting("https://app.example");
    expect(reply.headers.get("access-control-allow-origin")).toBe("https://app.example");
    expect(await reply.json()).toMatchObject({
      language: "de-AT",
      title: "Auf einem anderen Gerät freigeben",
      qr: { size: expect.any(Number), path: expect.stringMatching(/^M/) },
    });
    expect((await waiting("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
    expect((await waiting("https://app.example", "/approvals/short/waiting")).status).toBe(404);
  });

  it("F1: a resolver that fails shows nothing", async () => {
    const { inbox } = await openBank();
    const user = (): never => {
      throw new Error("no session store");
    };
    const bank = await openBank({ approvals: { inbox, user } });
    const reply = await bank.get("/approvals", "alice");
    expect([reply.status, await reply.text()]).toEqual([500, expect.not.stringContaining("session store")]);
  });
});
