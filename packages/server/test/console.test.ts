import { createHash } from "node:crypto";
import { ProviderError } from "@require-action/core/provider";
import { createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import { createServer, type FetchHandler, type Reviewer } from "../src/index.ts";
import type { SessionRecord } from "@require-action/engine/store";
import { createManualClock } from "@require-action/testing";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createConsole } from "../src/console/create-console.ts";
import { ConsoleBrowser } from "./console-harness.ts";
import { hashPassword } from "../src/console/password.ts";

vi.mock("node:crypto", async (original) => (await import("./cheap-scrypt.ts")).withCheapScrypt(original));

const policy = {
  dataPoints: [
    { name: "amount", type: "decimal", optional: true },
    { name: "currency", type: "text", optional: true },
    { name: "payee", type: "text", optional: true },
  ],
  actions: {
    "withdraw-funds": {
      defaultOutcome: "ALLOW",
      rules: [
        {
          ruleId: "big",
          name: "A big amount",
          priority: 1,
          type: "REVIEW",
          conditions: { ">": [{ var: "custom.amount" }, 100] },
        },
      ],
    },
  },
} as const;

let passwordHash: string;
let engine: Engine;
let store: Store;
let console: FetchHandler;
const clock = createManualClock();

const engineOptions = {
  policy,
  secrets: ["engine-secret-engine-secret-engine!!"],
  issuer: "bank",
  baseUrl: "http://localhost",
  clock,
};

beforeAll(async () => {
  passwordHash = await hashPassword("correct horse");
});

beforeEach(() => {
  store = createMemoryStore();
  engine = createEngine({ ...engineOptions, store });
  console = consoleOf();
});

const reviewersOf = (...ids: readonly string[]): readonly Reviewer[] => ids.map((id) => ({ id, passwordHash }));

/** A console as another process has it: nothing is shared but the store. */
function consoleOf({
  reviewers = reviewersOf("bob", "carol"),
  at = store,
  by = clock,
}: { reviewers?: readonly Reviewer[]; at?: Store; by?: Pick<typeof clock, "now"> } = {}): FetchHandler {
  const own = at === store && by === clock ? engine : createEngine({ ...engineOptions, store: at, clock: by });
  return createConsole(own, { reviewers }, { basePath: "/auth" });
}

class Browser extends ConsoleBrowser {
  constructor() {
    super(console);
  }

  async signIn(reviewer = "bob", password = "correct horse") {
    return this.send("POST", "sign-in", { formToken: await this.formToken("sign-in"), reviewer, password });
  }
}

async function signedIn(reviewer = "bob"): Promise<Browser> {
  const browser = new Browser();
  await browser.signIn(reviewer);
  return browser;
}

let tracked = 0;

/** Tracks a withdrawal of this user. */
async function ask(userId: string, custom: Record<string, string>) {
  const key = { userId, action: "withdraw-funds", idempotencyKey: `key-${++tracked}` };
  const { signal } = new AbortController();
  await engine.track(
    { userId, action: key.action, attributes: { idempotencyKey: key.idempotencyKey, custom } },
    { signal },
  );
  return key;
}

const caseOf = async (key: Parameters<Engine["actions"]["find"]>[0]) =>
  (await engine.actions.find(key))?.actionId ?? "";
const stateOf = async (key: Parameters<Engine["actions"]["find"]>[0]) => (await engine.actions.find(key))?.state;

it("has its lists read from where they may lag, and nothing that a reviewer decides by", async () => {
  const lists: string[] = [];
  const kept = store;
  const noted = (verb: string, { mayLag = false }: { readonly mayLag?: boolean }): void =>
    void lists.push(`${verb} ${mayLag ? "may lag" : "as it is"}`);
  store = {
    ...kept,
    listActions: (filter) => (noted("actions", filter), kept.listActions(filter)),
    listEvents: (filter) => (noted("events", filter), kept.listEvents(filter)),
    listReviews: (filter) => (noted("reviews", filter), kept.listReviews(filter)),
    countReviews: (scope, most) => (noted("counts", scope), kept.countReviews(scope, most)),
  };
  engine = createEngine({ ...engineOptions, store });
  console = consoleOf();
  const browser = await signedIn();
  const key = await ask("alice", { amount: "500" });
  const seen = async (path: string): Promise<readonly string[]> => {
    lists.length = 0;
    expect((await browser.send("GET", path)).status).toBe(200);
    return lists.toSorted();
  };
  expect(await seen("activity")).toEqual(["actions may lag"]);
  expect(await seen("audit?actionId=any")).toEqual(["events may lag"]);
  expect(await seen("reviews")).toEqual(["actions as it is", "counts may lag", "reviews may lag"]);
  // The list is from before it was decided.
  const stale = await kept.listReviews({ status: "open", now: clock.now(), limit: 10 });
  store.listReviews = async (filter) => (filter.mayLag === true ? stale : kept.listReviews(filter));
  engine = createEngine({ ...engineOptions, store });
  console = consoleOf();
  browser.to = console;
  expect((await browser.send("GET", "reviews")).text).toContain(await caseOf(key));
  await engine.reviews.reject(key, { reviewer: "carol" });
  expect((await browser.send("GET", "reviews")).text).not.toContain(await caseOf(key));
});

describe("signing in", () => {
  it("starts a session with the right password, in a cookie that scripts and other sites do not get", async () => {
    const browser = new Browser();
    const { status, headers } = await browser.signIn();
    expect({ status, location: headers.get("location") }).toEqual({ status: 303, location: "reviews" });
    expect(headers.getSetCookie()[0]).toMatch(
      /^__Host-require-action-console=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect((await browser.send("GET", "reviews")).status).toBe(200);
  });

  it("T44: answers a wrong password and an unknown name alike", async () => {
    const wrong = await new Browser().signIn("bob", "wrong");
    const unknown = await new Browser().signIn("mallory", "wrong");
    const comparable = ({ status, text }: { status: number; text: string }) => ({
      status,
      text: text.replaceAll(/nonce="[^"]+"|value="[^"]+"/g, ""),
    });
    expect(wrong.status).toBe(403);
    expect(comparable(unknown)).toEqual(comparable(wrong));
  });

  it("keeps the name that was typed beside a wrong password, and not the password", async () => {
    const { text } = await new Browser().signIn('"><b>bob', "wrong");
    expect(text).toContain('name="reviewer" value="&quot;&gt;&lt;b&gt;bob"');
    expect(text).not.toContain('wrong"');
  });

  it("T20: answers 429 after ten tries, also to the right password, until five minutes have passed", async () => {
    for (let index = 0; index < 10; index++) await new Browser().signIn("bob", "wrong");
    expect((await new Browser().signIn()).status).toBe(429);
    clock.advance(5 * 60_000);
    expect((await new Browser().signIn()).status).toBe(303);
  });

  it("F24: answers 400 to a form that goes on and on", async () => {
    const { status, text } = await new Browser().send("POST", "sign-in", { password: "x".repeat(20_000) });
    expect(status).toBe(400);
    expect(text).toContain("The form is too long.");
  });

  it("hashes one password at a time, and turns a flood of strangers away at once", async () => {
    const tries = Array.from({ length: 12 }, (_, index) => new Browser().signIn(`stranger-${index}`, "wrong"));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(8);
  });

  it("reads no more of a form than 16 KiB, whatever its length is said to be", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(4096));
      },
    });
    const response = await console(
      new Request("http://localhost/auth/console/sign-in", {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: endless,
        duplex: "half",
      } as RequestInit),
    );
    expect(response.status).toBe(400);
    expect(pulled).toBeLessThan(16);
  });

  it("takes the form of each tab of a browser, and signs in whoever fills it in", async () => {
    const browser = new Browser();
    const forms = [await browser.formToken("sign-in"), await browser.formToken("sign-in?return=activity")];
    const send = (formToken: string, reviewer: string, back: string) =>
      browser.send("POST", "sign-in", { formToken, reviewer, password: "correct horse", return: back });
    expect(await send(forms[0] ?? "", "bob", "reviews")).toMatchObject({ status: 303, location: "reviews" });
    expect(await send(forms[1] ?? "", "carol", "activity")).toMatchObject({ status: 303, location: "activity" });
    expect((await browser.send("GET", "sessions")).text).toContain("You are carol");
  });

  it("T37: refuses a sign-in form that another site's page sends", async () => {
    const browser = new Browser();
    const formToken = await browser.formToken("sign-in");
    const form = { formToken, reviewer: "bob", password: "correct horse" };
    expect((await new Browser().send("POST", "sign-in", form)).status).toBe(403);
    expect((await browser.send("POST", "sign-in", form, { "sec-fetch-site": "cross-site" })).status).toBe(403);
  });

  it("T52: gives each sign-in a session id of its own, and ends it at sign-out and after four hours", async () => {
    const browser = await signedIn();
    const first = browser.cookies.get("__Host-require-action-console");
    expect((await signedIn()).cookies.get("__Host-require-action-console")).not.toBe(first);
    await browser.send("POST", "sign-out", { formToken: await browser.formToken("reviews") });
    browser.cookies.set("__Host-require-action-console", first ?? "");
    expect((await browser.send("GET", "reviews")).status).toBe(303);

    const other = await signedIn();
    clock.advance(4 * 60 * 60_000);
    expect((await other.send("GET", "reviews")).status).toBe(303);
  });

  it.each(["reviews", "activity", "audit?actionId=x"])("sends a stranger who asks for %s to the form", async (path) => {
    const { status, headers } = await new Browser().send("GET", path);
    const back = path === "reviews" ? "" : `?${new URLSearchParams({ return: path }).toString()}`;
    expect({ status, location: headers.get("location") }).toEqual({ status: 303, location: `sign-in${back}` });
  });
});

describe("F29: several processes on one store", () => {
  it("take a reviewer who signed in at one, and the forms that another has shown", async () => {
    const key = await ask("alice", { amount: "2500.00" });
    const browser = await signedIn();
    browser.to = consoleOf();
    const formToken = await browser.formToken("reviews");
    browser.to = consoleOf();
    await browser.send("POST", "decide", { formToken, cases: await caseOf(key), decision: "approve" });
    expect(await stateOf(key)).toBe("REVIEW_SUCCEEDED");
  });

  it("take the sign-in form of another", async () => {
    const browser = new Browser();
    const formToken = await browser.formToken("sign-in");
    browser.to = consoleOf();
    const form = { formToken, reviewer: "bob", password: "correct horse" };
    expect((await browser.send("POST", "sign-in", form)).headers.get("location")).toBe("reviews");
  });

  it("T52: all refuse a session that has ended at one of them", async () => {
    const browser = await signedIn();
    const id = browser.cookies.get("__Host-require-action-console")!;
    const other = consoleOf();
    browser.to = other;
    await browser.send("POST", "sign-out", { formToken: await browser.formToken("reviews") });
    browser.cookies.set("__Host-require-action-console", id);
    for (const process of [console, other, consoleOf()]) {
      browser.to = process;
      expect((await browser.send("GET", "reviews")).headers.get("location")).toBe("sign-in");
    }
  });

  it("T20: count the tries of one reviewer together", async () => {
    const processes = [console, consoleOf(), consoleOf()];
    for (let index = 0; index < 10; index++) {
      const browser = new Browser();
      browser.to = processes[index % 3]!;
      expect((await browser.signIn("bob", "wrong")).status).toBe(403);
    }
    for (const process of processes) {
      const browser = new Browser();
      browser.to = process;
      expect((await browser.signIn()).status).toBe(429);
    }
  });

  it("T52: sign out a reviewer who is taken off the list, or has another password, where that is known", async () => {
    const browser = await signedIn();
    const lists = {
      without: reviewersOf("carol"),
      changed: [{ id: "bob", passwordHash: await hashPassword("another horse") }],
    };
    for (const reviewers of Object.values(lists)) {
      browser.to = consoleOf({ reviewers });
      expect((await browser.send("GET", "reviews")).headers.get("location")).toBe("sign-in");
    }
    // In the middle of a deployment, the others go on.
    browser.to = console;
    expect((await browser.send("GET", "reviews")).status).toBe(200);
  });

  it("T33: T52: a store gives nobody a session, neither to read nor to write", async () => {
    const kept: SessionRecord[] = [];
    const putSession: Store["putSession"] = async (session, event) => {
      kept.push(session);
      return store.putSession(session, event);
    };
    const browser = new Browser();
    browser.to = consoleOf({ at: { ...store, putSession } });
    await browser.signIn();
    const id = browser.cookies.get("__Host-require-action-console")!;
    const stored = JSON.stringify([kept, await store.listEvents({ limit: 10 })]);
    for (const secret of [id, passwordHash, await browser.formToken("reviews")]) expect(stored).not.toContain(secret);

    // Somebody who writes rows, has an id, and has read those of others.
    const [session] = kept;
    const forged = "A".repeat(43);
    const sessionId = createHash("sha256").update(forged).digest("base64url");
    const copy = { ...session!, sessionId, actionId: "another" };
    expect(await store.putSession(copy, { type: "session.created", at: 0 })).toBe(true);
    browser.cookies.set("__Host-require-action-console", forged);
    expect((await browser.send("GET", "reviews")).headers.get("location")).toBe("sign-in");
  });

  it("with clocks ten minutes apart differ by as much about the end of a session, and by no more", async () => {
    const ahead = { now: () => clock.now() + 10 * 60_000 };
    const browser = await signedIn();
    browser.to = consoleOf({ by: ahead });
    const other = new Browser();
    other.to = browser.to;
    await other.signIn("carol");
    const statuses = async () => [
      (await browser.send("GET", "reviews")).status,
      (await other.send("GET", "reviews")).status,
    ];
    other.to = console;
    clock.advance(15 * 60_000);
    for (let minutes = 15; minutes < 225; minutes += 15) {
      expect(await statuses()).toEqual([200, 200]);
      clock.advance(15 * 60_000);
    }
    clock.advance(5 * 60_000);
    // 3 h 50 min by the one clock, 4 h by the other.
    expect(await statuses()).toEqual([303, 200]);
    clock.advance(20 * 60_000);
    expect(await statuses()).toEqual([303, 303]);
  });

  it("leave in the trail who signed in and out", async () => {
    const browser = await signedIn();
    await browser.send("POST", "sign-out", { formToken: await browser.formToken("reviews") });
    expect((await store.listEvents({ limit: 10 })).items).toEqual([
      { type: "reviewer.signed_out", at: clock.now(), actor: "bob" },
      { type: "reviewer.signed_in", at: clock.now(), actor: "bob", verificationMethod: "PASSWORD" },
    ]);
  });
});

describe("F14: a store that is out of reach", () => {
  const away = async (): Promise<never> => {
    throw new ProviderError("provider_unavailable", "postgres: db.internal refused");
  };

  it.each([
    ["the queue", "findSession", "reviews"],
    ["a page that is not there", "findSession", "elsewhere"],
    ["signing out", "endSession", "sign-out"],
  ] as const)("is told by 503 and no word of why: %s", async (_, verb, path) => {
    const browser = await signedIn();
    const formToken = await browser.formToken("reviews");
    browser.to = consoleOf({ at: { ...store, [verb]: away } });
    const form = path === "sign-out" ? { formToken } : undefined;
    const { status, text, headers } = await browser.send(form ? "POST" : "GET", path, form);
    expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
    expect(text).toContain("The store is out of reach.");
    expect(text).not.toContain("db.internal");
  });

  it.each(["countAttempt", "resetAttempts", "putSession"] as const)("signs nobody in: %s", async (verb) => {
    const browser = new Browser();
    browser.to = consoleOf({ at: { ...store, [verb]: away } });
    expect((await browser.signIn()).status).toBe(503);
    expect(browser.cookies.has("__Host-require-action-console")).toBe(false);
  });
});

describe("the activity view", () => {
  it("shows actions with outcome, state and rules, and narrows them down", async () => {
    await ask("alice", { amount: "20.00" });
    await ask("dave", { amount: "2500.00" });
    const browser = await signedIn();
    const all = (await browser.send("GET", "activity")).text;
    expect(all).toContain("alice");
    expect(all).toContain("A big amount");
    const narrow = (await browser.send("GET", "activity?user=dave&state=REVIEW_REQUIRED&action=withdraw-funds")).text;
    expect(narrow).toContain("<td>dave</td>");
    expect(narrow).not.toContain("<td>alice</td>");
  });

  it.each(["user=%00", "action=a.b", "state=MAYBE", "from=yesterday", "after=nowhere"])(
    "answers a filter that cannot be read (%s) with a page, never a 500",
    async (query) => {
      expect((await (await signedIn()).send("GET", `activity?${query}`)).status).toBeLessThan(500);
    },
  );

  it("shows the audit trail of an action", async () => {
    const key = await ask("alice", { amount: "2500.00" });
    await engine.reviews.approve(key, { reviewer: "carol" });
    const { actionId = "" } = (await engine.actions.find(key)) ?? {};
    const { text } = await (await signedIn()).send("GET", `audit?actionId=${actionId}`);
    expect(text).toContain("REVIEW_REQUIRED → REVIEW_SUCCEEDED");
    expect(text).toContain("carol");
  });
});

describe("every page", () => {
  it("T43, T45: shows what users and attackers wrote as text", async () => {
    await ask("<b>alice</b>", { amount: "2500.00", payee: `"><script>alert(1)</script>\u202e` });
    const browser = await signedIn();
    for (const path of ["reviews", "activity", `activity?user=${encodeURIComponent('"><script>')}`]) {
      const { text } = await browser.send("GET", path);
      expect(text.replaceAll(/<script nonce="[\w-]+">/g, "")).not.toMatch(/<script|<b>|\u202e/);
    }
  });

  describe("T43, T45: ids that look like another's", () => {
    const deceptive: readonly (readonly [id: string, shown: string])[] = [
      ["alice\u202e", "alice⟨U+202E⟩"],
      ["\u2066bob\u2069", "⟨U+2066⟩bob⟨U+2069⟩"],
      ["ali\u200bce", "ali⟨U+200B⟩ce"],
      ["ali\u200dce", "ali⟨U+200D⟩ce"],
      ["ali\u200cce", "ali⟨U+200C⟩ce"],
      ["alice\ufe0f", "alice⟨U+FE0F⟩"],
      ["alice\u00ad", "alice⟨U+00AD⟩"],
      ["alice\u061c", "alice⟨U+061C⟩"],
      ["alice\u3164", "alice⟨U+3164⟩"],
      ["alice\u{e0041}", "alice⟨U+E0041⟩"],
      [`a${"\u030d".repeat(6)}lice`, `a${"\u030d".repeat(4)}⟨U+030D⟩⟨U+030D⟩lice`],
      ["a\u0335\u20e0\u0489\u0301\u20e3", "a\u0335\u20e0\u0489\u0301⟨U+20E3⟩"],
    ];
    const raw = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\u061c\u3164\ufeff]|\ufe0f|\u{e0041}/u;

    it("are marked in every view", async () => {
      const audits: string[] = [];
      for (const [id] of deceptive) {
        const key = await ask(id, { amount: "2500.00", payee: id });
        audits.push(`audit?actionId=${(await engine.actions.find(key))?.actionId}`);
      }
      const browser = await signedIn();
      const filtered = deceptive.map(([id]) => `activity?user=${encodeURIComponent(id)}`);
      for (const path of ["reviews", "activity", ...filtered, ...audits]) {
        const { text } = await browser.send("GET", path);
        expect(text, path).not.toMatch(raw);
        const shown = filtered.includes(path) ? [deceptive[filtered.indexOf(path)]] : deceptive;
        if (!path.startsWith("audit")) for (const one of shown) expect(text, path).toContain(one?.[1]);
      }
    });

    it("are marked as the deciding reviewer's, and in notes", async () => {
      const audits: string[] = [];
      for (const [id] of deceptive) {
        const key = await ask("dave", { amount: "2500.00" });
        await engine.reviews.approve(key, { reviewer: id, note: `as ${id} said` });
        audits.push(`audit?actionId=${(await engine.actions.find(key))?.actionId}`);
      }
      const browser = await signedIn();
      for (const [index, [, shown]] of deceptive.entries()) {
        const { text } = await browser.send("GET", audits[index] ?? "");
        expect(text).toContain(shown);
        expect(text).not.toMatch(raw);
      }
      const { text } = await browser.send("GET", "activity");
      expect(text).not.toMatch(raw);
      for (const [, shown] of deceptive) expect(text).toContain(`as ${shown} said`);
    });

    it("are looked for as what they are: a form's values are no marks", async () => {
      const id = `ali\u202ece"`;
      await ask(id, { amount: "2500.00" });
      const browser = await signedIn();
      const { text } = await browser.send("GET", `reviews?user=${encodeURIComponent(id)}`);
      const [, sent = ""] = /name="user" value="([^"]*)"/.exec(text) ?? [];
      const userId = sent.replaceAll(/&#x([0-9a-f]+);/g, (_all, code) => String.fromCodePoint(parseInt(code, 16)));
      expect(userId.replaceAll("&quot;", '"')).toBe(id);
      expect(text).toContain("data-case=");
    });

    it("are as they are where the invisible does something", async () => {
      const ids = ["علی\u200cرضا", "क\u094d\u200dष", "👩\u200d🚀", "👩🏽\u200d🚀", "❤\ufe0f\u200d🔥", "1\ufe0f\u20e3"];
      for (const id of ids) await ask(id, { amount: "2500.00" });
      const { text } = await (await signedIn()).send("GET", "activity");
      for (const id of ids) expect(text).toContain(`<td>${id}</td>`);
    });
  });

  it("T39: runs no script, loads nothing, fits in no frame and is not kept", async () => {
    const { headers } = await new Browser().send("GET", "sign-in");
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'nonce-[\w-]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  it("T15: answers other methods with 405, and other paths with 404", async () => {
    const browser = await signedIn();
    for (const path of ["reviews", "activity", "sign-in"]) {
      const { status, headers } = await browser.send("DELETE", path);
      expect(status).toBe(405);
      expect(headers.get("allow")).toContain("GET");
    }
    // Where a form was refused, whoever opens the address again sees a page.
    for (const path of ["passkey", "comment", "sign-out"]) {
      const { status, text } = await browser.send("GET", path);
      expect([path, status]).toEqual([path, 405]);
      expect(text).toContain('<a href="reviews">To the queue</a>');
    }
    expect((await browser.send("GET", "elsewhere")).status).toBe(404);
  });
});

describe("options", () => {
  it.each([
    ["console.reviewers", { reviewers: [] }],
    [
      "console.reviewers[0].role",
      {
        reviewers: [{ id: "bob", passwordHash: `scrypt-131072-8-1$${"A".repeat(22)}$${"A".repeat(43)}`, role: "root" }],
      },
    ],
    ["console.reviewers[0].id", { reviewers: [{ id: "", passwordHash: "x" }] }],
    ["console.reviewers[0].passwordHash", { reviewers: [{ id: "bob", passwordHash: "correct horse" }] }],
    ["console.secureCookies", { secureCookies: "no" }],
    ["console.color", { color: "red" }],
  ])("names %s when it is wrong", (option, options) => {
    const complete = { reviewers: [{ id: "bob", passwordHash }], ...options };
    const given = { tenantId: "bank", apiSecrets: ["api-secret-api-secret-api-secret!"], console: complete as never };
    expect(() => createServer(engine, given)).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option }),
    );
  });
});
