import { createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import type { AuditEvent } from "@require-action/engine/store";
import type { Served } from "@require-action-test/support/serve";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createConsole } from "../../src/console/create-console.ts";
import type { FetchHandler } from "../../src/index.ts";
import { type ConsoleOidcOptions, createConsoleOidc } from "../../src/oidc/index.ts";
import { ConsoleBrowser } from "../console-harness.ts";
import { clientId, clientSecret, signInAtJudge, startJudge } from "./judge.ts";
import { startHostileIssuer } from "./hostile-issuer.ts";

const consoleUrl = "http://localhost/console";
const callback = `${consoleUrl}/sign-in-oidc-callback`;
const bob = { id: "bob", subject: "bob-at-idp", role: "decide", userIds: ["b-1"] } as const;
const client = { clientId, clientSecret, consoleUrl, reviewers: [bob] };
const by = { actor: "operator", reason: "a test" };
const cookie = "__Host-require-action-console-oidc";

let store: Store;
let engine: Engine;
let console: FetchHandler;
const events: AuditEvent[] = [];

beforeEach(() => {
  store = createMemoryStore();
  events.length = 0;
  engine = createEngine({
    policy: { actions: { pay: { defaultOutcome: "REVIEW" } } },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bank",
    baseUrl: "https://bank.example",
    reviewerPasskeys: { rpId: "localhost", origins: ["http://localhost"] },
    store,
    onEvent: (event) => void events.push(event),
  });
});

const reasons = (): readonly unknown[] =>
  events.filter(({ type }) => type === "reviewer.refused").map(({ reason }) => reason);

const newBrowser = (): ConsoleBrowser => new ConsoleBrowser(console, `${consoleUrl}/`);

/** Goes to the provider: the address that it is sent to. */
async function start(browser: ConsoleBrowser, back = ""): Promise<URL> {
  const { status, location } = await browser.send("GET", `sign-in-oidc${back}`);
  expect(status).toBe(303);
  return new URL(location ?? "");
}

describe("T73: signing in by an identity provider of somebody else's making", () => {
  let judge: Served;
  const groups = { carol: ["finance", "look"], dave: ["strangers"], eve: ["finance"] };

  beforeAll(async () => void (judge = await startJudge(callback, groups)));
  afterAll(() => judge.close());

  async function use(options: Partial<ConsoleOidcOptions> = {}): Promise<void> {
    const oidc = await createConsoleOidc({
      issuer: judge.origin,
      ...client,
      ...options,
    });
    console = createConsole(engine, { oidc });
  }

  async function comeBack(browser: ConsoleBrowser, name: string, back?: string) {
    const address = await signInAtJudge((await start(browser, back)).href, name, callback);
    return browser.send("GET", address.slice(consoleUrl.length + 1));
  }

  it("starts a session with the role of the configuration, and goes to the page that was asked for", async () => {
    await use();
    const browser = newBrowser();
    const { location } = await browser.send("GET", "activity?q=alice");
    expect((await browser.send("GET", location ?? "")).text).toContain(
      'href="sign-in-oidc?return=activity%3Fq%3Dalice"',
    );
    expect(await comeBack(browser, "bob-at-idp", "?return=activity%3Fq%3Dalice")).toMatchObject({
      status: 303,
      location: "activity?q=alice",
    });
    expect(browser.cookies.has(cookie)).toBe(false);
    expect((await browser.send("GET", "sessions")).text).toMatch(
      /You are bob, and may decide\.[^]*account bob-at-idp at/,
    );
    expect((await browser.send("GET", "reviewers")).status).toBe(403);
    expect(events).toMatchObject([{ type: "reviewer.signed_in", actor: "bob", verificationMethod: "OIDC" }]);
  });

  it("gives a new session, whatever cookie was there before, and ends here without ending there", async () => {
    await use();
    const browser = newBrowser();
    browser.cookies.set("__Host-require-action-console", "A".repeat(43));
    await comeBack(browser, "bob-at-idp");
    expect(browser.cookies.get("__Host-require-action-console")).not.toBe("A".repeat(43));
    const formToken = await browser.formToken("sessions");
    expect(await browser.send("POST", "sign-out", { formToken })).toMatchObject({
      location: "sign-in?done=signed-out",
    });
    const { text } = await browser.send("GET", "sign-in?done=signed-out");
    expect(text).toContain(`<a href="${judge.origin}/session/end?client_id=${clientId}">Sign out of`);
    expect(await engine.reviewers.sessions.list()).toEqual([]);
  });

  it("refuses an account that is nobody's, with an event, and says which account it is", async () => {
    await use();
    const browser = newBrowser();
    const answer = await comeBack(browser, "bob@bank.example");
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("You are bob@bank.example at");
    expect(reasons()).toEqual(["oidc_subject_unknown"]);
    expect(await engine.reviewers.sessions.list()).toEqual([]);
  });

  it("takes the strongest role of an account's groups, and refuses one without", async () => {
    const reviewers = ["carol", "dave", "eve"].map((id) => ({ id, subject: id, userIds: [] }));
    const roles = [
      { group: "look", role: "look" },
      { group: "finance", role: "administer" },
    ] as const;
    await use({ reviewers, scopes: ["groups"], groups: { roles } });
    const [carol, dave] = [newBrowser(), newBrowser()];
    expect((await comeBack(carol, "carol")).status).toBe(303);
    expect((await carol.send("GET", "sessions")).text).toContain("may administer");
    expect((await comeBack(dave, "dave")).status).toBe(403);
    // As of now, whatever it was at sign-in.
    await use({ reviewers, scopes: ["groups"], groups: { roles: roles.slice(0, 1) } });
    carol.to = console;
    expect((await carol.send("GET", "sessions")).text).toContain("may look");
    await use({ reviewers: reviewers.slice(1), groups: { roles } });
    carol.to = console;
    expect(await carol.send("GET", "sessions")).toMatchObject({ status: 303 });
  });

  it("T48: has the users of configuration and invitation be one person, and the engine's role", async () => {
    await engine.reviewers.invite("bob", { role: "look", userIds: ["b-2"] }, by);
    await use();
    const browser = newBrowser();
    await comeBack(browser, "bob-at-idp");
    expect((await browser.send("GET", "sessions")).text).toContain("may look");
    await engine.reviewers.update("bob", { role: "decide" }, by);
    for (const userId of ["b-1", "b-2"]) {
      const { signal } = new AbortController();
      await engine.track({ userId, action: "pay", attributes: { idempotencyKey: userId, custom: {} } }, { signal });
    }
    expect((await browser.send("GET", "reviews")).text.match(/Your own action/g)).toHaveLength(2);
  });

  it("refuses the same answer a second time, and in another browser", async () => {
    await use();
    const [browser, other] = [newBrowser(), newBrowser()];
    const begun = await start(browser);
    const kept = browser.cookies.get(cookie) ?? "";
    await start(other);
    const path = (await signInAtJudge(begun.href, "bob-at-idp", callback)).slice(consoleUrl.length + 1);
    expect((await other.send("GET", path)).status).toBe(403);
    expect((await newBrowser().send("GET", path)).status).toBe(403);
    expect((await browser.send("GET", path)).status).toBe(303);
    expect((await browser.send("GET", path)).status).toBe(403);
    // Also where the browser has kept what it was to forget: the code is used up.
    browser.cookies.set(cookie, kept);
    expect((await browser.send("GET", path)).status).toBe(403);
    expect(reasons()).toEqual(["oidc_token_invalid", "oidc_not_begun", "oidc_not_begun", "oidc_answer_refused"]);
    expect(await engine.reviewers.sessions.list()).toHaveLength(1);
  });

  it.each(["//evil.example", "https://evil.example", "sign-in-oidc", "sign-out", "..", "a?b\r\nx: y", "\\evil"])(
    "leads from there to the queue, and not to %j",
    async (back) => {
      await use();
      const browser = newBrowser();
      const answer = await comeBack(browser, "bob-at-idp", `?return=${encodeURIComponent(back)}`);
      expect(answer).toMatchObject({ status: 303, location: "reviews" });
    },
  );

  it("is declared wrong at start where the issuer is another, or nobody is there", async () => {
    await expect(use({ issuer: judge.origin.replace("127.0.0.1", "localhost") })).rejects.toMatchObject({
      name: "ConfigurationError",
      option: "issuer",
    });
    const gone = await startHostileIssuer();
    await gone.close();
    await expect(use({ issuer: gone.issuer })).rejects.toThrow(
      "createConsoleOidc: issuer: does not answer with a discovery document",
    );
  });
});

describe("T73: a hostile identity provider, or somebody between", () => {
  let issuer: Awaited<ReturnType<typeof startHostileIssuer>>;

  beforeEach(async () => {
    issuer = await startHostileIssuer();
    await use();
    return () => issuer.close();
  });

  async function use(options: Partial<ConsoleOidcOptions> = {}): Promise<void> {
    const oidc = await createConsoleOidc({
      issuer: issuer.issuer,
      ...client,
      ...options,
    });
    console = createConsole(engine, { oidc });
  }

  type Signer = keyof typeof issuer.signers;

  /** Signs in with an ID token that has these claims besides the right ones. */
  async function signIn(claims: object, { signer = "own" as Signer, query = {} as Record<string, string> } = {}) {
    const browser = newBrowser();
    const begun = (await start(browser)).searchParams;
    const nonce = begun.get("nonce");
    issuer.token.body = async () => {
      const all = JSON.parse(JSON.stringify({ ...issuer.right(), nonce, ...claims })) as Record<string, unknown>;
      const id_token = await issuer.signers[signer](all);
      return JSON.stringify({ access_token: "a", token_type: "Bearer", id_token });
    };
    const parameters = { code: "code", state: begun.get("state") ?? "", iss: issuer.issuer, ...query };
    return browser.send("GET", `sign-in-oidc-callback?${new URLSearchParams(parameters).toString()}`);
  }

  it("signs in by the right answer: the cases below are wrong in one thing each", async () => {
    expect(await signIn({})).toMatchObject({ status: 303, location: "reviews" });
    const [body = ""] = issuer.token.asked;
    expect(new URLSearchParams(body).get("code_verifier")).toMatch(/^[\w-]{43}$/);
  });

  it("begins with PKCE, a state and a nonce that are new each time", async () => {
    const [one, other] = [await start(newBrowser()), await start(newBrowser())].map(({ searchParams }) => searchParams);
    expect(Object.fromEntries(one!)).toMatchObject({
      response_type: "code",
      scope: "openid",
      code_challenge_method: "S256",
      redirect_uri: callback,
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(one!.get(name)).toMatch(/^[\w-]{43}$/);
      expect(other!.get(name)).not.toBe(one!.get(name));
    }
  });

  const hour = 3600;
  const seconds = (): number => Math.floor(Date.now() / 1000);
  const wrong: readonly (readonly [name: string, claims: () => object])[] = [
    ["for another client", () => ({ aud: "another" })],
    ["for several clients, of which another asked", () => ({ aud: [clientId, "another"], azp: "another" })],
    ["of another issuer", () => ({ iss: "https://evil.example" })],
    ["that has expired", () => ({ iat: seconds() - 2 * hour, exp: seconds() - hour })],
    ["that never expires", () => ({ exp: undefined })],
    ["without a nonce", () => ({ nonce: undefined })],
    ["with another sign-in's nonce", () => ({ nonce: "A".repeat(43) })],
    ["without a subject", () => ({ sub: undefined })],
    ["whose subject is no text", () => ({ sub: ["bob-at-idp"] })],
  ];

  it.each(wrong)("refuses a token %s", async (_name, claims) => {
    const answer = await signIn(claims());
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("was not accepted. Try again.");
    expect(reasons()).toEqual(["oidc_token_invalid"]);
    expect(await engine.reviewers.sessions.list()).toEqual([]);
  });

  it.each([
    ["nobody", "none"],
    ["the client's secret", "clientSecret"],
    ["another key", "foreign"],
  ] as const)("refuses a token that is signed by %s", async (_name, signer) => {
    expect((await signIn({}, { signer })).status).toBe(403);
    expect(reasons()).toEqual(["oidc_token_invalid"]);
  });

  it.each([
    [
      "an account that is nobody's, with a reviewer's verified address",
      { sub: "x", email: "bob-at-idp", email_verified: true },
    ],
    ["a subject that differs in case", { sub: "Bob-at-idp" }],
    ["a subject with a space", { sub: "bob-at-idp " }],
  ])("refuses %s", async (_name, claims) => {
    expect((await signIn(claims)).status).toBe(403);
    expect(reasons()).toEqual(["oidc_subject_unknown"]);
  });

  it.each([`bob${"x".repeat(300)}`, "bob\n2026 forged", "b\u{f6}b", "bob\u202e"])(
    "neither shows nor logs the subject %j",
    async (sub) => {
      const { status, text } = await signIn({ sub });
      expect(status).toBe(403);
      expect(text).not.toContain(sub);
      expect(reasons()).toEqual(["oidc_subject_malformed"]);
      expect(JSON.stringify(events)).not.toContain("forged");
    },
  );

  it.each([
    ["another issuer's, which mixes up two of them", { iss: "https://evil.example" }, "oidc_token_invalid"],
    ["nobody's", { iss: "" }, "oidc_token_invalid"],
    ["of another state", { state: "A".repeat(43) }, "oidc_token_invalid"],
    ["without a code", { code: "" }, "oidc_token_invalid"],
    ["that the account's owner stopped", { error: "access_denied" }, "oidc_access_denied"],
  ])("T52: asks for no token with an answer %s", async (_name, query, reason) => {
    expect((await signIn({}, { query })).status).toBe(403);
    expect(issuer.token.asked).toEqual([]);
    expect(reasons()).toEqual([reason]);
  });

  it("asks for a proof that is new and strong enough, and refuses others", async () => {
    await use({ maxAgeSeconds: 600, acrValues: ["phr", "mfa"] });
    const asked = (await start(newBrowser())).searchParams;
    expect([asked.get("max_age"), asked.get("acr_values")]).toEqual(["600", "phr mfa"]);
    const now = seconds();
    for (const [claims, status] of [
      [{ auth_time: now, acr: "mfa" }, 303],
      [{ auth_time: now - hour, acr: "mfa" }, 403],
      [{ acr: "mfa" }, 403],
      [{ auth_time: now, acr: "pwd" }, 403],
      [{ auth_time: now }, 403],
    ] as const) {
      expect((await signIn(claims)).status).toBe(status);
    }
  });

  const down: readonly (readonly [name: string, make: () => unknown, reason: string])[] = [
    ["is gone", () => issuer.close(), "oidc_unreachable"],
    ["answers 500", () => Object.assign(issuer.token, { status: 500 }), "oidc_unreachable"],
    [
      "answers with a page",
      () => Object.assign(issuer.token, { type: "text/html", body: () => "<h1>Maintenance</h1>" }),
      "oidc_unreachable",
    ],
    [
      "knows the client no more",
      () => Object.assign(issuer.token, { status: 401, body: () => '{"error":"invalid_client"}' }),
      "oidc_client_refused",
    ],
  ];

  it.each(down)(
    "answers 503 where the provider %s, and signs in by passkey all the same",
    async (_name, make, reason) => {
      const browser = newBrowser();
      const state = (await start(browser)).searchParams.get("state") ?? "";
      await make();
      const query = new URLSearchParams({ code: "code", state, iss: issuer.issuer }).toString();
      const { status, text, headers } = await browser.send("GET", `sign-in-oidc-callback?${query}`);
      expect({ status, retryAfter: headers.get("retry-after") }).toEqual({ status: 503, retryAfter: "5" });
      expect(text).toContain("Sign in with a passkey");
      expect(reasons()).toEqual([reason]);
      expect(JSON.stringify(events) + text).not.toContain(clientSecret);
      issuer = await startHostileIssuer();
    },
  );

  it("T64: signs nobody in by a session that was written to the database", async () => {
    await signIn({});
    const [session] = await store.listSessions("", Date.now());
    const forged = { ...session!.reviewer!, identity: { issuer: issuer.issuer, subject: "carol-at-idp", groups: [] } };
    const carol = { ...bob, id: "carol", subject: "carol-at-idp" };
    await use({ reviewers: [bob, carol] });
    const browser = newBrowser();
    const secret = "A".repeat(43);
    await store.putSession(
      { ...session!, sessionId: secret, actionId: "console#x", reviewer: { ...forged, reviewerId: "carol" } },
      { type: "reviewer.signed_in", at: Date.now() },
    );
    browser.cookies.set("__Host-require-action-console", secret);
    expect((await browser.send("GET", "reviews")).status).toBe(303);
  });

  it("is not beside a password of the same reviewer", async () => {
    const oidc = await createConsoleOidc({
      issuer: issuer.issuer,
      ...client,
    });
    const passwordHash = `scrypt-131072-8-1$${"A".repeat(22)}$${"A".repeat(43)}`;
    expect(() => createConsole(engine, { oidc, reviewers: [{ id: "bob", passwordHash }] })).toThrow(
      expect.objectContaining({ option: "console.reviewers" }) as Error,
    );
  });
});
