import { createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import type { ReviewerRole } from "@require-action/engine/reviewers";
import type { AuditEvent } from "@require-action/engine/store";
import { createManualClock } from "@require-action/testing";
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
  type SoftwarePasskey,
} from "@require-action-test/support/software-authenticator";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConsoleOptions } from "../src/console/console-options.ts";
import { createConsole } from "../src/console/create-console.ts";
import { ConsoleBrowser } from "./console-harness.ts";
import { hashPassword } from "../src/console/password.ts";
import type { createDispatcher } from "../src/http/dispatcher.ts";
import type { FetchHandler } from "../src/index.ts";

vi.mock("node:crypto", async (original) => (await import("./cheap-scrypt.ts")).withCheapScrypt(original));

const routes: string[] = [];
vi.mock("../src/http/dispatcher.ts", async (original) => {
  const dispatcher = await original<{ readonly createDispatcher: typeof createDispatcher }>();
  return {
    createDispatcher: (...[endpoints, ...rest]: Parameters<typeof createDispatcher>) => {
      routes.splice(0, Infinity, ...endpoints.map(({ method, path }) => `${method} ${path}`));
      return dispatcher.createDispatcher(endpoints, ...rest);
    },
  };
});

const rpId = "console.example";
const origin = `https://${rpId}`;
const by = { actor: "operator", reason: "a test" };
const clock = createManualClock(Date.UTC(2026, 0, 15, 12));

let store: Store;
let engine: Engine;
let console: FetchHandler;
let authenticator: SoftwareAuthenticator;
const events: AuditEvent[] = [];

function setUp(options: ConsoleOptions = {}): void {
  store = createMemoryStore();
  events.length = 0;
  engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "REVIEW" }, "sign-in": { defaultOutcome: "ALLOW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bank",
    baseUrl: "https://bank.example",
    reviewerPasskeys: { rpId, origins: [origin] },
    passkeys: { rpId: "bank.example", origins: ["https://bank.example"] },
    clock,
    store,
    onEvent: (event) => void events.push(event),
  });
  console = createConsole(engine, options);
  authenticator = createSoftwareAuthenticator({ rpId, origin });
}

beforeEach(() => setUp());

/** A browser that does what the page's script does. */
class Browser extends ConsoleBrowser {
  constructor() {
    super(console, "http://localhost/console");
  }

  async fields(path: string): Promise<Record<string, string>> {
    return fieldsOf((await this.send("GET", path)).text);
  }

  /** Opens an invitation, as far as the page that asks for a passkey. */
  async open(token: string) {
    return this.send("POST", "/invitation", { ...(await this.fields("/invitation")), token });
  }

  async accept(token: string, name = ""): Promise<SoftwarePasskey> {
    const { text } = await this.open(token);
    const { response, passkey } = authenticator.create(optionsOf(text));
    const form = { ...fieldsOf(text), ...answer(response), name };
    const accepted = await this.send("POST", "/invitation-passkey", form);
    expect(accepted).toMatchObject({ status: 303, location: "reviews" });
    return passkey;
  }

  async signIn(passkey: SoftwarePasskey) {
    const { text } = await this.send("GET", "/sign-in");
    return this.send("POST", "/passkey", { ...fieldsOf(text), ...answer(passkey.get(optionsOf(text))) });
  }
}

const answer = (response: object) => ({ answer: JSON.stringify(response) });

/** The hidden fields of the first form in the page itself. */
function fieldsOf(text: string): Record<string, string> {
  const form = /<main>[^]*?(<form[^]*?<\/form>)/.exec(text)?.[1] ?? /<form[^]*?<\/form>/.exec(text)?.[0] ?? "";
  const inputs = form.matchAll(/<input type="hidden" name="(\w+)"(?: value="([^"]*)")?/g);
  return Object.fromEntries([...inputs].map(([, name = "", value = ""]) => [name, value]));
}

function optionsOf(text: string): never {
  const [, json = ""] = /data-options="([^"]*)"/.exec(text) ?? [];
  return JSON.parse(json.replaceAll("&quot;", '"')) as never;
}

async function invite(reviewerId: string, role: ReviewerRole, userIds: readonly string[] = []): Promise<string> {
  return (await engine.reviewers.invite(reviewerId, { role, userIds }, by)).token;
}

/** A browser in which a reviewer of this role is signed in. */
async function signedIn(role: ReviewerRole, reviewerId = `${role}s`, userIds?: readonly string[]): Promise<Browser> {
  const browser = new Browser();
  await browser.accept(await invite(reviewerId, role, userIds));
  return browser;
}

let asked = 0;

async function ask(userId: string) {
  const key = { userId, action: "pay", idempotencyKey: `key-${++asked}` };
  const { signal } = new AbortController();
  const { action, idempotencyKey } = key;
  await engine.track({ userId, action, attributes: { idempotencyKey, custom: {} } }, { signal });
  return key;
}

/** Every page of the console, with the least that it asks for: `null` for those of whoever is not signed in. */
const table: Readonly<Record<string, ReviewerRole | null>> = {
  "GET /sign-in": null,
  "POST /sign-in": null,
  "POST /passkey": null,
  "GET /invitation": null,
  "POST /invitation": null,
  "POST /invitation-passkey": null,
  "GET /reviews": "look",
  "GET /case": "look",
  "GET /export": "look",
  "GET /receipt": "look",
  "GET /activity-export": "look",
  // A stream, of which console-queue.test.ts says that it is for whoever is signed in.
  "GET /news": null,
  "GET /decide": "decide",
  "POST /decide": "decide",
  "POST /comment": "decide",
  "POST /claim": "decide",
  "GET /activity": "look",
  "GET /figures": "look",
  "GET /figures-export": "look",
  "GET /audit": "look",
  "POST /sign-out": "look",
  "GET /reviewers": "administer",
  "POST /reviewers": "administer",
  "GET /sessions": "look",
  "POST /sessions": "look",
  "GET /passkeys": "look",
  "POST /passkeys": "look",
  "GET /users": "look",
  "GET /user": "look",
  "POST /user": "administer",
};
const roles = ["look", "decide", "administer"] as const;

describe("T64: roles", () => {
  it("are said of every page", () => {
    expect(routes.toSorted()).toEqual(Object.keys(table).toSorted());
  });

  it("are said of the two pages that signing in by an identity provider adds, too: they are for whoever is not signed in", () => {
    const oidc = {
      issuer: "https://id.example",
      name: "Accounts",
      reviewerIds: [],
      signOutUrl: undefined,
      begin: async () => "https://id.example/",
      complete: async () => ({ refused: "oidc_token_invalid" }),
      authorityOf: () => undefined,
    };
    createConsole(engine, { oidc });
    const added = ["GET /sign-in-oidc", "GET /sign-in-oidc-callback"];
    expect(routes.toSorted()).toEqual([...Object.keys(table), ...added].toSorted());
  });

  const guarded = Object.entries(table).flatMap(([route, needed]) =>
    needed === null ? [] : roles.map((role) => ({ route, role, needed })),
  );

  it.each(guarded)("$route asks for $needed: $role", async ({ route, role, needed }) => {
    const browser = await signedIn(role);
    const [method = "", path = ""] = route.split(" ");
    const { formToken = "" } = await browser.fields("/reviews");
    // A form that says nothing is refused for that, by whoever may send it.
    const { status, text } = await browser.send(method, path, method === "POST" ? { formToken } : undefined);
    const isRefused = roles.indexOf(role) < roles.indexOf(needed);
    expect(status === 403, text).toBe(isRefused);
    expect(text.includes(`you may ${role}`)).toBe(isRefused);
    expect(status).toBeLessThan(500);
  });

  it.each(guarded.filter(({ role }) => role === "look"))("$route asks a stranger to sign in", async ({ route }) => {
    const [method = "", path = ""] = route.split(" ");
    const sent = await new Browser().send(method, path, method === "POST" ? { formToken: "x" } : undefined);
    if (/export|receipt/.test(path)) {
      // A link to a file would save the page that it is sent on to.
      expect(sent).toMatchObject({ status: 401, text: expect.stringContaining('<a href="sign-in">') });
      return;
    }
    const back = method === "GET" && path !== "/reviews" ? `?return=${path.slice(1)}` : "";
    expect(sent).toMatchObject({ status: 303, location: `sign-in${back}` });
  });

  it.each(["POST /comment", "POST /claim", "POST /reviewers", "POST /sessions", "POST /passkeys", "POST /sign-out"])(
    "T37: %s is refused without the session's own form token, and from another site",
    async (route) => {
      const browser = await signedIn("administer");
      const other = await signedIn("administer", "another");
      const [method = "", path = ""] = route.split(" ");
      for (const formToken of ["", (await other.fields("/reviews"))["formToken"] ?? ""]) {
        expect((await browser.send(method, path, { formToken })).status).toBe(400);
      }
      const { formToken = "" } = await browser.fields("/reviews");
      const from = { "sec-fetch-site": "same-site" };
      expect((await browser.send(method, path, { formToken }, from)).status).toBe(400);
      expect(await engine.reviewers.sessions.list()).toHaveLength(2);
    },
  );

  it("count from the next page on, when they are changed", async () => {
    const browser = await signedIn("decide", "bob");
    const key = await ask("alice");
    const { formToken = "" } = await browser.fields("/reviews");
    await engine.reviewers.update("bob", { role: "look" }, by);
    expect((await browser.send("GET", "/reviews")).text).not.toContain(`value="approve"`);
    const { actionId = "" } = (await engine.actions.find(key)) ?? {};
    const form = { cases: actionId, formToken, decision: "approve" };
    expect((await browser.send("POST", "/decide", form)).status).toBe(403);
    expect((await engine.actions.find(key))?.state).toBe("REVIEW_REQUIRED");
    await engine.reviewers.remove("bob", by);
    expect(await browser.send("GET", "/reviews")).toMatchObject({ status: 303, location: "sign-in" });
  });

  it("T48: who is the maker is said by the reviewer's users, not by the reviewer's name", async () => {
    const browser = await signedIn("decide", "alice", ["bob"]);
    const [own, others] = [await ask("bob"), await ask("alice")];
    const { text } = await browser.send("GET", "/reviews");
    expect(text.match(/Your own action/g)).toHaveLength(1);
    const { formToken = "" } = fieldsOf(text);
    const decide = async (key: typeof own) => {
      const { actionId = "" } = (await engine.actions.find(key)) ?? {};
      return (await browser.send("POST", "/decide", { cases: actionId, formToken, decision: "approve" })).status;
    };
    expect(await decide(own)).toBe(409);
    expect(await decide(others)).toBe(303);
    expect((await engine.actions.find(own))?.state).toBe("REVIEW_REQUIRED");
  });
});

describe("T64: signing in with a passkey", () => {
  it("follows an invitation, and starts a session that the trail tells of", async () => {
    const passkey = await new Browser().accept(await invite("bob", "decide"));
    const browser = new Browser();
    expect(await browser.signIn(passkey)).toMatchObject({ status: 303, location: "reviews" });
    expect((await browser.send("GET", "/reviews")).status).toBe(200);
    expect(events.filter(({ type }) => type === "reviewer.signed_in")).toMatchObject([
      { actor: "bob", verificationMethod: "PASSKEY" },
      { actor: "bob", verificationMethod: "PASSKEY" },
    ]);
  });

  it("T52: gives a new session, whatever cookie was there before", async () => {
    const passkey = await new Browser().accept(await invite("bob", "decide"));
    const browser = new Browser();
    browser.cookies.set("__Host-require-action-console", "A".repeat(43));
    await browser.signIn(passkey);
    const first = browser.cookies.get("__Host-require-action-console");
    expect(first).not.toBe("A".repeat(43));
    await browser.send("POST", "/sign-out", await formIn(browser));
    await browser.signIn(passkey);
    expect(browser.cookies.get("__Host-require-action-console")).not.toBe(first);
  });

  it("T37: is refused in another browser than the form's, and for an answer that was given before", async () => {
    const passkey = await new Browser().accept(await invite("bob", "decide"));
    const browser = new Browser();
    const { text } = await browser.send("GET", "/sign-in");
    const form = { ...fieldsOf(text), ...answer(passkey.get(optionsOf(text))) };
    expect((await new Browser().send("POST", "/passkey", form)).status).toBe(403);
    const other = new Browser();
    const { formToken = "" } = await other.fields("/sign-in");
    expect((await other.send("POST", "/passkey", { ...form, formToken })).status).toBe(403);
    const site = { "sec-fetch-site": "cross-site" };
    expect((await browser.send("POST", "/passkey", form, site)).status).toBe(403);
    // What was refused has shown a new form.
    const again = async () => ({ ...form, formToken: (await browser.fields("/sign-in"))["formToken"] ?? "" });
    expect((await browser.send("POST", "/passkey", await again())).status).toBe(303);
    browser.cookies.delete("__Host-require-action-console");
    expect((await browser.send("POST", "/passkey", await again())).status).toBe(403);
  });

  it.each(["", "{", "null", "[]", '{"id":"x"}', "x".repeat(15_000)])("answers %j with a page", async (given) => {
    const browser = new Browser();
    const sent = await browser.send("POST", "/passkey", { ...(await browser.fields("/sign-in")), answer: given });
    expect(sent.status).toBe(403);
    expect(sent.text).toContain("That passkey signs nobody in here.");
  });

  it("asks for nothing from elsewhere: one script, by its nonce", async () => {
    const response = await console(new Request("http://localhost/console/sign-in"));
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; script-src 'nonce-[\w-]+'; style-src 'nonce-[\w-]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
  });
});

describe("T64: an invitation", () => {
  it("is refused a second time, and to another browser than the first", async () => {
    const token = await invite("bob", "decide");
    const [first, second] = [new Browser(), new Browser()];
    expect((await first.open(token)).status).toBe(200);
    expect(await second.open(token)).toMatchObject({ status: 403 });
    // The same browser may begin again, also after the page was loaded anew.
    await first.accept(token);
    expect((await first.open(token)).status).toBe(403);
    expect(events.filter(({ type }) => type === "reviewer.invitation_refused")).toMatchObject([
      { reviewer: "bob", reason: "opened_elsewhere" },
    ]);
  });

  it("is not used up by what looks at links", async () => {
    const token = await invite("bob", "decide");
    await new Browser().send("GET", "/invitation");
    await new Browser().send("GET", `/invitation?token=${token}`);
    await new Browser().accept(token);
  });

  it.each(["", "x", "a.b", `${"A".repeat(43)}.${"A".repeat(43)}`])("tells nothing about %j", async (token) => {
    const sent = await new Browser().open(token);
    expect(sent.status).toBe(403);
    expect(sent.text).toContain("Ask for a new one");
  });

  it("is made in the console, by whoever administers, with a reason; nobody changes their own", async () => {
    const browser = await signedIn("administer", "olga");
    const form = {
      ...(await formIn(browser)),
      do: "invite",
      reviewer: "carol",
      role: "decide",
      user0: "c-1",
      user1: "c-2\u202e",
    };
    expect((await browser.send("POST", "/reviewers", form)).status).toBe(400);
    const { status, text } = await browser.send("POST", "/reviewers", { ...form, reason: "New in the team" });
    expect(status, text).toBe(200);
    const [, token = ""] = /href="invitation#([^"]+)"/.exec(text) ?? [];
    await new Browser().accept(token);
    expect(await engine.reviewers.find("carol")).toMatchObject({ role: "decide", userIds: ["c-1", "c-2\u202e"] });
    expect(events.find(({ type, reviewer }) => type === "reviewer.invited" && reviewer === "carol")).toMatchObject({
      actor: "olga",
      reason: "New in the team",
    });
    const self = { ...(await formIn(browser)), do: "change", reviewer: "olga", role: "look", user0: "", reason: "x" };
    expect((await browser.send("POST", "/reviewers", self)).status).toBe(403);
    const change = { ...self, reviewer: "carol" };
    expect(await browser.send("POST", "/reviewers", change)).toMatchObject({ location: "reviewers?done=changed" });
    expect(await engine.reviewers.find("carol")).toMatchObject({ role: "look", userIds: [] });
    expect((await browser.send("GET", "/reviewers")).text).toContain("<h2>carol</h2>");
    expect(await browser.send("POST", "/reviewers", { ...change, do: "remove" })).toMatchObject({
      location: "reviewers?done=removed",
    });
    expect(await engine.reviewers.find("carol")).toBeUndefined();
  });

  it("T43, T45: shows names and reasons as text", async () => {
    const browser = await signedIn("administer", "olga");
    await invite(`<b>"eve\u202e`, "look", ["<i>\u200b"]);
    const { text } = await browser.send("GET", "/reviewers");
    expect(text).not.toMatch(/<b>|<i>|\u202e|\u200b/);
    expect(text).toContain("eve⟨U+202E⟩");
    const form = { ...(await formIn(browser)), do: "link", reviewer: `<b>"eve\u202e`, reason: "a\nb: forged line" };
    expect((await browser.send("POST", "/reviewers", form)).status).toBe(400);
  });
});

describe("T64: sessions", () => {
  it("are listed to whom they are, and ended by them; all of them by who administers", async () => {
    const passkey = await new Browser().accept(await invite("bob", "decide"));
    const [here, there] = [new Browser(), new Browser()];
    for (const browser of [here, there]) await browser.signIn(passkey);
    const olga = await signedIn("administer", "olga");
    const { text } = await here.send("GET", "/sessions");
    expect(text).not.toContain("olga");
    const ids = [...text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id = ""]) => id);
    expect(ids).toHaveLength(2);
    const [olgas] = await engine.reviewers.sessions.list("olga");
    const formToken = await formIn(here);
    expect((await here.send("POST", "/sessions", { ...formToken, session: olgas!.sessionId })).status).toBe(404);
    for (const session of ids) await here.send("POST", "/sessions", { ...formToken, session });
    expect((await there.send("GET", "/reviews")).status).toBe(303);
    expect((await here.send("GET", "/reviews")).status).toBe(200);
    const [bobs] = await engine.reviewers.sessions.list("bob");
    expect((await olga.send("GET", "/sessions")).text).toContain("bob");
    await olga.send("POST", "/sessions", { ...(await formIn(olga)), session: bobs!.sessionId });
    expect((await here.send("GET", "/reviews")).status).toBe(303);
    expect(events.at(-1)).toMatchObject({ type: "reviewer.signed_out", actor: "olga", reviewer: "bob" });
  });

  it("end when nobody uses them for half an hour, while a page that is left open renews its claim", async () => {
    const key = await ask("alice");
    const browser = await signedIn("decide");
    const form = { ...(await formIn(browser)), case: (await engine.actions.find(key))?.actionId ?? "", claim: "claim" };
    const renew = () => browser.send("POST", "/claim", form, { accept: "application/json" });
    for (let minutes = 0; minutes < 28; minutes += 2) {
      expect((await renew()).status).toBe(200);
      clock.advance(2 * 60_000);
    }
    clock.advance(2 * 60_000);
    expect((await renew()).status).toBe(401);
    expect((await browser.send("GET", "/reviews")).status).toBe(303);
  });

  it("end when nobody uses them for half an hour; a stream of news is no use", async () => {
    const browser = await signedIn("look");
    for (let minutes = 0; minutes < 60; minutes += 20) {
      clock.advance(20 * 60_000);
      expect((await browser.send("GET", "/reviews")).status).toBe(200);
    }
    clock.advance(20 * 60_000);
    const stream = { accept: "text/event-stream" };
    expect((await browser.send("GET", "/reviews", undefined, stream)).status).toBe(200);
    clock.advance(10 * 60_000);
    expect((await browser.send("GET", "/reviews")).status).toBe(303);
  });
});

describe("T64: a reviewer's own passkeys", () => {
  const names = (text: string): readonly string[] =>
    [...text.matchAll(/<h2>([^<]+)<\/h2>/g)].map(([, name = ""]) => name).filter((name) => name !== "Add another one");

  /** The fields of the first form that asks for a passkey, which is not the frame's. */
  const passkeyFieldsOf = (text: string) => fieldsOf(text.slice(text.indexOf("<h1>")));

  /** Proves a passkey on the page of one's own, for what a form there asks. */
  async function prove(browser: Browser, passkey: SoftwarePasskey, fields: Readonly<Record<string, string>>) {
    const { text } = await browser.send("GET", "/passkeys");
    const form = { ...passkeyFieldsOf(text), ...answer(passkey.get(optionsOf(text))), ...fields };
    return browser.send("POST", "/passkeys", form);
  }

  async function add(browser: Browser, passkey: SoftwarePasskey, name: string) {
    const { status, text } = await prove(browser, passkey, {});
    expect(status, text).toBe(200);
    const made = authenticator.create(optionsOf(text));
    const form = { ...passkeyFieldsOf(text), ...answer(made.response), name };
    return { form, passkey: made.passkey, ...(await browser.send("POST", "/passkeys", form)) };
  }

  it("are added by whoever proves one, under a name, and sign in", async () => {
    const browser = new Browser();
    const passkey = await browser.accept(await invite("bob", "look"));
    const added = await add(browser, passkey, "The key in the <safe>");
    expect(added).toMatchObject({ status: 303, location: "passkeys?done=added" });
    expect(names((await browser.send("GET", "/passkeys")).text)).toEqual(["Passkey", "The key in the &lt;safe&gt;"]);
    expect(await new Browser().signIn(added.passkey)).toMatchObject({ status: 303, location: "reviews" });
    expect(events.filter(({ type }) => type === "reviewer.passkey_added")).toHaveLength(2);
    // Once.
    expect((await browser.send("POST", "/passkeys", added.form)).status).toBe(400);
  });

  it("are not added by somebody else's passkey, in another browser, or with an answer that was given before", async () => {
    const [browser, other] = [new Browser(), new Browser()];
    const passkey = await browser.accept(await invite("bob", "look"));
    const carols = await other.accept(await invite("carol", "look"));
    expect((await prove(browser, carols, {})).status).toBe(400);
    const { text } = await browser.send("GET", "/passkeys");
    const form = { ...passkeyFieldsOf(text), ...answer(passkey.get(optionsOf(text))) };
    expect((await other.send("POST", "/passkeys", { ...form, ...(await formIn(other)) })).status).toBe(400);
    expect((await browser.send("POST", "/passkeys", form)).status).toBe(200);
    expect((await browser.send("POST", "/passkeys", form)).status).toBe(400);
    const begun = (await prove(browser, passkey, {})).text;
    const made = { ...passkeyFieldsOf(begun), ...answer(authenticator.create(optionsOf(begun)).response) };
    // What was begun for bob adds nothing to carol.
    expect((await other.send("POST", "/passkeys", { ...made, ...(await formIn(other)) })).status).toBe(400);
    for (const name of ["a\u0000b", "x".repeat(65)]) {
      expect((await browser.send("POST", "/passkeys", { ...made, name })).status).toBe(400);
    }
    expect((await browser.send("POST", "/passkeys", made)).status).toBe(303);
    expect((await engine.reviewers.find("carol"))?.passkeys).toHaveLength(1);
  });

  it("are renamed by whoever proves one, with an event of it", async () => {
    const browser = new Browser();
    const passkey = await browser.accept(await invite("bob", "look"), "The old telephone");
    expect(names((await browser.send("GET", "/passkeys")).text)).toEqual(["The old telephone"]);
    const rename = (name: string, id = passkey.id) => prove(browser, passkey, { do: "rename", passkey: id, name });
    expect(await rename("  The new  telephone ")).toMatchObject({ location: "passkeys?done=renamed" });
    expect(names((await browser.send("GET", "/passkeys")).text)).toEqual(["The new telephone"]);
    expect(events.at(-1)).toMatchObject({ type: "reviewer.passkey_renamed", actor: "bob" });
    // A name that lies could have its owner take another one away.
    const forged = { ...(await formIn(browser)), do: "rename", passkey: passkey.id, name: "Stolen" };
    expect((await browser.send("POST", "/passkeys", forged)).status).toBe(400);
    for (const name of ["", " ", "a\u0000b", "\u200b", "x".repeat(65)]) {
      expect((await rename(name)).status).toBe(400);
    }
    const other = new Browser();
    const others = await other.accept(await invite("carol", "look"));
    expect((await rename("Not mine", others.id)).status).toBe(404);
    expect(names((await other.send("GET", "/passkeys")).text)).toEqual(["Passkey"]);
    expect(names((await browser.send("GET", "/passkeys")).text)).toEqual(["The new telephone"]);
    // T43, T45: it is shown as text, to others as well.
    await rename(`<b>"eve\u202e`);
    const olga = await signedIn("administer", "olga");
    for (const text of [(await browser.send("GET", "/passkeys")).text, (await olga.send("GET", "/reviewers")).text]) {
      expect(text).toContain("eve⟨U+202E⟩");
      expect(text).not.toMatch(/<b>|\u202e/);
    }
    // It signs in as before.
    expect(await new Browser().signIn(passkey)).toMatchObject({ status: 303, location: "reviews" });
  });

  it("are taken away by whoever proves one, but for the last; what they had signed in is signed out", async () => {
    const browser = new Browser();
    const passkey = await browser.accept(await invite("bob", "look"));
    const { passkey: second } = await add(browser, passkey, "second");
    const there = new Browser();
    await there.signIn(second);
    const forged = { ...(await formIn(browser)), do: "remove", passkey: second.id };
    expect((await browser.send("POST", "/passkeys", forged)).status).toBe(400);
    const removed = await prove(browser, passkey, { do: "remove", passkey: second.id });
    expect(removed).toMatchObject({ status: 303, location: "passkeys?done=removed" });
    expect((await there.send("GET", "/reviews")).status).toBe(303);
    const last = await prove(browser, passkey, { do: "remove", passkey: passkey.id });
    expect(last).toMatchObject({ status: 403, text: expect.stringContaining("add another one first") as string });
    expect((await engine.reviewers.find("bob"))?.passkeys).toHaveLength(1);
    const olga = await signedIn("administer", "olga");
    const { credentialId } = (await engine.reviewers.find("olga"))!.passkeys[0]!;
    const own = { ...(await formIn(olga)), do: "remove-passkey", reviewer: "olga", passkey: credentialId, reason: "x" };
    expect((await olga.send("POST", "/reviewers", own)).status).toBe(403);
    expect((await olga.send("GET", "/reviewers")).text).not.toContain(credentialId);
    // By somebody else it is, who can make a link for another one.
    await engine.reviewers.removePasskey("bob", passkey.id, by);
    expect((await engine.reviewers.find("bob"))?.passkeys).toEqual([]);
  });
});

describe("T64: passwords", () => {
  const password = "correct horse battery";

  async function withPassword(role?: ReviewerRole): Promise<void> {
    const passwordHash = await hashPassword(password);
    setUp({ reviewers: [{ id: "bob", passwordHash, ...(role && { role }) }] });
  }

  async function tryPassword(browser: Browser, given = password, reviewer = "bob") {
    const { text } = await browser.send("GET", "/sign-in");
    const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(text) ?? [];
    return browser.send("POST", "/sign-in", { formToken, reviewer, password: given });
  }

  it("sign in whoever has no passkey yet, who is told so, with the role of the configuration", async () => {
    await withPassword();
    const browser = new Browser();
    expect(await tryPassword(browser)).toMatchObject({ status: 303, location: "reviews?done=password" });
    expect((await browser.send("GET", "/reviews?done=password")).text).toContain(
      "You signed in with a password alone.",
    );
    expect((await browser.send("GET", "/reviewers")).status).toBe(403);
    await withPassword("administer");
    const other = new Browser();
    await tryPassword(other);
    expect((await other.send("GET", "/reviewers")).status).toBe(200);
  });

  it("sign in nobody who has a passkey, and only whoever knows the password learns why", async () => {
    await withPassword();
    const passkey = await new Browser().accept(await invite("bob", "decide"));
    const refused = await tryPassword(new Browser());
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.text).toContain("You have a passkey");
    expect((await tryPassword(new Browser(), "wrong")).text).not.toContain("You have a passkey");
    expect((await new Browser().signIn(passkey)).status).toBe(303);
  });

  it("T23: a stranger's wrong ones lock out neither a browser that the reviewer uses nor a passkey", async () => {
    await withPassword();
    const [known, stranger] = [new Browser(), new Browser()];
    await tryPassword(known);
    const passkey = await new Browser().accept(await invite("carol", "look"));
    for (let tries = 0; tries < 20; tries++) await tryPassword(stranger, "wrong");
    expect((await tryPassword(stranger)).status).toBe(429);
    known.cookies.delete("__Host-require-action-console");
    expect((await tryPassword(known)).status).toBe(303);
    expect((await stranger.signIn(passkey)).status).toBe(303);
  });

  it("are needed where the engine has no passkeys", () => {
    const bare = createEngine({
      policy: { actions: { pay: { defaultOutcome: "REVIEW" } } },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: "http://localhost",
      store,
    });
    expect(() => createConsole(bare, {})).toThrow(expect.objectContaining({ option: "console.reviewers" }));
  });
});

describe("users who ask for help", () => {
  const reason = "Called from the number that we know";

  async function setUpUser(userId: string): Promise<string> {
    await engine.users.update(userId, { email: `${userId}@bank.example`, displayName: "A <b>name" });
    const { userAuthenticatorId } = await engine.authenticators.enrollVerified(userId, {
      verificationMethod: "AUTHENTICATOR_APP",
      otpUri: "otpauth://totp/bank:user?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=bank",
    });
    await ask(userId);
    return userAuthenticatorId;
  }

  it("are found by what they say of themselves, and shown with all that they prove with", async () => {
    const id = await setUpUser("alice");
    const browser = await signedIn("look");
    for (const text of ["alice", "alice@bank.example"]) {
      const { text: page } = await browser.send("GET", `/users?q=${encodeURIComponent(text)}`);
      expect(page).toContain('<a href="user?id=alice">alice</a>');
    }
    expect((await browser.send("GET", "/users?q=nobody")).text).toContain("Nobody is found by that.");
    expect((await browser.send("GET", "/users?q=%00")).status).toBe(400);
    const { text } = await browser.send("GET", "/user?id=alice");
    for (const shown of ["AUTHENTICATOR_APP", "alice@bank.example", "A &lt;b&gt;name", "review required"]) {
      expect(text).toContain(shown);
    }
    // Whoever may only look is shown no form, and none of theirs counts.
    expect(text).not.toContain('name="reason"');
    const form = { ...(await formIn(browser)), user: "alice", do: "remove", about: id, reason };
    expect((await browser.send("POST", "/user", form)).status).toBe(403);
    expect(await engine.authenticators.list("alice")).not.toEqual([]);
  });

  it("F30: are shown with the reviews that expired, and not as rejected ones", async () => {
    const expired = await ask("alice");
    const rejected = await ask("dave");
    await engine.reviews.reject(rejected, { reviewer: "carol" });
    clock.advance(40 * 24 * 60 * 60_000);
    await engine.actions.find(expired);
    const browser = await signedIn("look");
    expect((await browser.send("GET", "/user?id=alice")).text).toContain("review expired");
    expect((await browser.send("GET", "/user?id=dave")).text).toContain("review failed");
  });

  it("are helped by who administers, with a reason in the trail", async () => {
    const id = await setUpUser("alice");
    const browser = await signedIn("administer", "olga");
    const form = { ...(await formIn(browser)), user: "alice", do: "unlock", about: id };
    expect((await browser.send("POST", "/user", form)).status).toBe(400);
    const done = async (change: Record<string, string>) =>
      (await browser.send("POST", "/user", { ...form, reason, ...change })).location;
    expect(await done({})).toBe("user?id=alice&done=unlocked");
    expect(events.at(-1)).toMatchObject({ type: "authenticator.unlocked", actor: "olga", reason });
    expect(await done({ do: "end" })).toBe("user?id=alice&done=ended");
    expect(await done({ do: "remove" })).toBe("user?id=alice&done=removed");
    expect(events.at(-1)).toMatchObject({
      type: "authenticator.removed",
      userAuthenticatorId: id,
      actor: "olga",
      reason,
    });
    expect((await browser.send("POST", "/user", { ...form, reason })).status).toBe(404);
    expect((await browser.send("POST", "/user", { ...form, reason, do: "revoke", about: "d" })).status).toBe(404);
    expect((await browser.send("GET", "/user?id=alice&done=removed")).text).toContain("cannot prove with it any more");
  });

  it("T48: are not helped by themselves", async () => {
    const id = await setUpUser("alice");
    const browser = await signedIn("administer", "olga", ["alice"]);
    expect((await browser.send("GET", "/user?id=alice")).text).not.toContain('name="reason"');
    const form = { ...(await formIn(browser)), user: "alice", do: "unlock", about: id, reason };
    expect((await browser.send("POST", "/user", form)).status).toBe(403);
    expect((await browser.send("POST", "/user", { ...form, user: "" })).status).toBe(400);
  });

  it("T43, T45: are shown as text, and reached by ids of any letters", async () => {
    const userId = `<b>"al\u202eice&done=x#`;
    await ask(userId);
    const browser = await signedIn("look");
    const { text } = await browser.send("GET", `/users?q=${encodeURIComponent(userId)}`);
    const [, path = ""] = /<a href="(user\?id=[^"]+)">/.exec(text) ?? [];
    const { status, text: page } = await browser.send("GET", `/${path.replaceAll("&amp;", "&")}`);
    expect(status).toBe(200);
    expect(page).toContain("al⟨U+202E⟩ice");
    expect(page).not.toMatch(/<b>|\u202e/);
  });
});

/** The form token of a session. */
async function formIn(browser: Browser): Promise<{ readonly formToken: string }> {
  const { text } = await browser.send("GET", "/sessions");
  return { formToken: /name="formToken" value="([^"]+)"/.exec(text)?.[1] ?? "" };
}
