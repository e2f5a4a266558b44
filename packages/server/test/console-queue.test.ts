import { createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import { createManualClock } from "@require-action/testing";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createConsole } from "../src/console/create-console.ts";
import { ConsoleBrowser } from "./console-harness.ts";
import { hashPassword } from "../src/console/password.ts";
import { address, returnTo } from "../src/console/page/return-to.ts";
import { csvLine } from "../src/console/queue/export.ts";
import { readConditions } from "../src/console/queue/conditions.ts";
import { describeUserAgent } from "../src/console/page/user-agent.ts";
import type { FetchHandler } from "../src/index.ts";

vi.mock("node:crypto", async (original) => (await import("./cheap-scrypt.ts")).withCheapScrypt(original));

const day = 24 * 60 * 60_000;
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
          conditions: { and: [{ ">": [{ var: "custom.amount" }, 100] }, { "==": [{ var: "device.isNew" }, true] }] },
        },
        {
          ruleId: "known",
          name: "A known payee",
          priority: 2,
          type: "ALLOW",
          conditions: { "!=": [{ var: "custom.payee" }, "nobody"] },
        },
      ],
    },
    "close-account": { defaultOutcome: "REVIEW" },
    "move-house": { defaultOutcome: "REVIEW", review: { approvers: 2 } },
  },
} as const;

let passwordHash: string;
let engine: Engine;
let store: Store;
let handle: FetchHandler;
const clock = createManualClock();

beforeAll(async () => {
  passwordHash = await hashPassword("correct horse");
});

beforeEach(() => {
  store = createMemoryStore();
  const secrets = ["engine-secret-engine-secret-engine!!"];
  engine = createEngine({ policy, secrets, issuer: "bank", baseUrl: "http://localhost", clock, store });
  const reviewers = ["bob", "carol"].map((id) => ({ id, passwordHash }));
  handle = createConsole(engine, { reviewers }, { basePath: "/auth", clock });
});

class Browser extends ConsoleBrowser {
  constructor() {
    super(handle);
  }

  async get(path: string): Promise<string> {
    // What a failed comparison prints should be what was compared.
    return (await this.send("GET", path)).text
      .replace(/<style[^]*?<\/style>/, "")
      .replace(/<script[^]*?<\/script>/, "");
  }

  override formToken(path = "reviews"): Promise<string> {
    return super.formToken(path);
  }

  async signIn(reviewer = "bob", more: Record<string, string> = {}) {
    const formToken = await this.formToken("sign-in");
    return this.send("POST", "sign-in", { formToken, reviewer, password: "correct horse", ...more });
  }

  /** Posts a form of the session. */
  async post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
    return this.send("POST", path, { formToken: await this.formToken(), ...form }, headers);
  }
}

async function signedIn(reviewer = "bob"): Promise<Browser> {
  const browser = new Browser();
  await browser.signIn(reviewer);
  return browser;
}

let tracked = 0;

/** Tracks an action of this user that goes to review. */
async function ask(
  userId: string,
  custom: Record<string, string> = { amount: "2500.00", currency: "EUR", payee: "DE1" },
  action = "withdraw-funds",
) {
  const key = { userId, action, idempotencyKey: `key-${++tracked}` };
  const { signal } = new AbortController();
  await engine.track({ ...key, attributes: { idempotencyKey: key.idempotencyKey, custom } }, { signal });
  const { actionId = "" } = (await engine.actions.find(key)) ?? {};
  return { ...key, actionId };
}

const stateOf = async (key: Parameters<Engine["actions"]["find"]>[0]) => (await engine.actions.find(key))?.state;
/** The users of a page's rows, in order. */
const usersIn = (text: string) => [...text.matchAll(/data-name="[^"]*, of ([^"]+)"/g)].map(([, user]) => user);
const json = { accept: "application/json" };

describe("the queue", () => {
  it("has rows of what is asked, by whom, why, since when and until when, those that end soonest first", async () => {
    await ask("alice");
    clock.advance(60_000);
    await ask("dave", { amount: "700", currency: "USD" });
    clock.advance(2 * 60 * 60_000);
    const text = await (await signedIn()).get("reviews");
    expect(usersIn(text)).toEqual(["alice", "dave"]);
    for (const shown of ["EUR\u00a02,500.00", "Withdraw funds", "A big amount", ">2 h<", ">2 d<"])
      expect(text).toContain(shown);
  });

  it("says so when nothing is waiting, and when no review matches", async () => {
    const browser = await signedIn();
    expect(await browser.get("reviews")).toContain("Nothing is waiting");
    expect(await browser.get("reviews?user=alice")).toContain("No review matches");
    expect(await browser.get("reviews?status=expired")).toContain("No review has expired");
  });

  it("names its buttons by user and amount", async () => {
    await ask("alice");
    const text = await (await signedIn()).get("reviews");
    for (const button of ["Approve", "Reject", "Select", "Open"]) {
      expect(text).toContain(`aria-label="${button} EUR\u00a02,500.00, withdraw funds, of alice"`);
    }
  });

  it("C66: gives the rules that asked for the review as its reason, and no others", async () => {
    const { actionId } = await ask("alice");
    const browser = await signedIn();
    const queue = await browser.get("reviews");
    expect(queue).toContain("A big amount");
    expect(queue).not.toContain("A known payee");
    const text = await browser.get(`case?id=${actionId}`);
    expect(text).toContain("1 more matched, and did not ask for the review");
    expect(text.indexOf("A known payee")).toBeGreaterThan(text.indexOf("did not ask for the review"));
  });

  it("F30: tells expired reviews from rejected ones in tabs, counts and rows, and has no blank page of them", async () => {
    const rejected = await ask("alice");
    await engine.reviews.reject(rejected, { reviewer: "carol", reason: "suspected_fraud", note: "New payee" });
    for (let index = 0; index < 60; index++) await ask(`old-${index}`);
    clock.advance(3 * day);
    for (let index = 0; index < 60; index++) await ask(`new-${index}`);
    const browser = await signedIn();
    const first = await browser.get("reviews");
    expect(first).toMatch(/data-count="open"\s*>60<[^]*"approved"\s*>0<[^]*"rejected"\s*>1<[^]*"expired"\s*>60</);
    expect(usersIn(first)).toHaveLength(50);
    const next = /href="(reviews\?after=[^"]+)"/.exec(first)?.[1] ?? "";
    expect(usersIn(await browser.get(next))).toHaveLength(10);
    const listed = await browser.get("reviews?status=rejected");
    expect(usersIn(listed)).toEqual(["alice"]);
    expect(listed).toContain("carol rejected it");
    expect(listed).toContain("Suspected fraud – New payee");
    const expired = await browser.get("reviews?status=expired&user=old-7");
    expect(usersIn(expired)).toEqual(["old-7"]);
    expect(expired).toContain("Nobody decided it before its end");
    expect(await browser.get("activity?state=REVIEW_FAILED&user=old-7")).toContain("review expired");
    expect(await browser.get("activity?state=REVIEW_FAILED&user=alice")).toContain("review failed");
  });

  it("keeps its filter in the address, through tabs and pages", async () => {
    await ask("alice", {}, "close-account");
    await ask("dave");
    const text = await (await signedIn()).get("reviews?user=alice&action=close-account");
    expect(usersIn(text)).toEqual(["alice"]);
    expect(text).toContain('href="reviews?status=rejected&amp;user=alice&amp;action=close-account"');
    expect(text).toContain("Every action of this kind");
  });

  it.each(["status=closed", "user=%00", "action=a.b", "after=nowhere"])(
    "answers a filter that cannot be read (%s) with a page, never a 500",
    async (query) => {
      await ask("alice");
      await ask("dave");
      expect((await (await signedIn()).send("GET", `reviews?${query}`)).status).toBe(400);
    },
  );

  it("says what is new since it was last looked at", async () => {
    await ask("alice");
    const browser = await signedIn();
    expect(await browser.get("reviews")).not.toContain("since you last looked");
    clock.advance(1000);
    await ask("dave");
    expect(await browser.get("reviews")).toMatch(/1 new<\/span>\s*since you last looked/);
    expect(await browser.get("reviews")).not.toContain("since you last looked");
  });

  it("shows who is looking, and lets others decide nevertheless", async () => {
    const { actionId, ...key } = await ask("alice");
    const [bob, carol] = [await signedIn("bob"), await signedIn("carol")];
    await carol.post("claim", { case: actionId, claim: "claim" });
    expect(await bob.get("reviews")).toMatch(/carol is\s+looking/);
    expect(await carol.get("reviews")).toMatch(/You are\s+looking/);
    const refused = await bob.post("claim", { case: actionId, claim: "claim" }, json);
    expect(JSON.parse(refused.text)).toEqual({ isClaimed: false });
    await carol.post("claim", { case: actionId, claim: "release" });
    expect(await bob.get("reviews")).not.toContain("looking");
    await carol.post("claim", { case: actionId, claim: "claim" });
    await bob.post("decide", { cases: actionId, decision: "approve" });
    expect(await stateOf(key)).toBe("REVIEW_SUCCEEDED");
  });
});

describe("a decision", () => {
  it.each([
    ["approve", "REVIEW_SUCCEEDED", "The review was approved"],
    ["reject", "REVIEW_FAILED", "The review was rejected"],
  ])("is asked for once more without script, and made then: %s", async (decision, state, notice) => {
    const { actionId, ...key } = await ask("alice");
    const browser = await signedIn();
    const asked = await browser.get(
      `decide?case=${actionId}&decision=${decision}&back=${encodeURIComponent("reviews?user=alice")}`,
    );
    expect(asked).toMatch(/EUR\u00a02,500.00, withdraw funds, of alice\s*<\/button>/);
    expect(await stateOf(key)).toBe("REVIEW_REQUIRED");
    const form = {
      cases: actionId,
      decision,
      reason: "documents_seen",
      note: "Invoice seen.",
      back: "reviews?user=alice",
    };
    const { status, location } = await browser.post("decide", form);
    expect({ status, location }).toEqual({ status: 303, location: `reviews?user=alice&done=${decision}&count=1` });
    expect(await engine.actions.find(key)).toMatchObject({
      state,
      review: { reviewer: "bob", note: "Invoice seen.", reason: "documents_seen" },
    });
    expect(await browser.get(location ?? "")).toContain(notice);
  });

  it("of a case page is asked for once more with what was written there", async () => {
    const { actionId, ...key } = await ask("alice");
    const browser = await signedIn();
    const form = { cases: actionId, decision: "reject", reason: "suspected_fraud", note: "Looks <odd>", step: "ask" };
    const { status, text } = await browser.post("decide", form);
    expect(status).toBe(200);
    expect(text).toMatch(/<option value="suspected_fraud"\s+selected/);
    expect(text).toContain("Looks &lt;odd&gt;</textarea");
    expect(await stateOf(key)).toBe("REVIEW_REQUIRED");
  });

  it("leads back to the queue, with its filter, where nothing was selected", async () => {
    const browser = await signedIn();
    const back = encodeURIComponent("reviews?user=alice&action=withdraw-funds");
    const { status, location } = await browser.send("GET", `decide?back=${back}&decision=approve`);
    expect([status, location]).toEqual([303, "reviews?user=alice&action=withdraw-funds&done=none"]);
    expect(await browser.get(location ?? "")).toMatch(/Nothing was decided[^<]+select a review first/);
  });

  it("is made of many at once by one confirmation, and says which of them somebody else was faster with", async () => {
    const asked = [await ask("alice"), await ask("dave"), await ask("erin")];
    const [first, second, third] = asked;
    const browser = await signedIn();
    const query = asked.map(({ actionId }) => `case=${actionId}`).join("&");
    expect(await browser.get(`decide?${query}&decision=reject`)).toMatch(/Reject 3 reviews\s*<\/button>/);
    await engine.reviews.approve(second!, { reviewer: "carol", note: "She called." });
    const cases = asked.map(({ actionId }) => actionId).join(",");
    const { status, text } = await browser.post("decide", { cases, decision: "reject", note: "My note." });
    expect(status).toBe(409);
    expect(text).toContain("2 of 3 rejected");
    expect(text).toContain("carol approved it");
    expect(text).toContain("She called.");
    expect(text).toContain("My note.</textarea");
    expect([await stateOf(first!), await stateOf(second!), await stateOf(third!)]).toEqual([
      "REVIEW_FAILED",
      "REVIEW_SUCCEEDED",
      "REVIEW_FAILED",
    ]);
  });

  it("of one of several reviewers counts, and the review waits for the others", async () => {
    const { actionId, ...key } = await ask("alice", {}, "move-house");
    const [bob, carol] = [await signedIn("bob"), await signedIn("carol")];
    expect(await bob.get("reviews")).toContain("0 of 2 approvals");
    const first = await bob.post("decide", { cases: actionId, decision: "approve" });
    expect(first.location).toBe("reviews?done=vote&count=1");
    expect(await bob.get(first.location ?? "")).toContain("It takes more than one here");
    expect(await carol.get(`case?id=${actionId}`)).toMatch(/1 of 2 approvals,\s+by bob/);
    const again = await bob.post("decide", { cases: actionId, decision: "approve" }, json);
    expect(again.status).toBe(409);
    // So that the script does not count it as decided.
    expect(JSON.parse(again.text)).toMatchObject({ results: [{ isDone: false, isOpen: true }] });
    const last = await carol.post("decide", { cases: actionId, decision: "approve" }, json);
    expect(JSON.parse(last.text)).toEqual({ results: [{ actionId, isDone: true, text: "approved" }] });
    expect(await stateOf(key)).toBe("REVIEW_SUCCEEDED");
  });

  it("T48: of a race says who won, for the script too, and the note can be kept as a comment", async () => {
    const { actionId, ...key } = await ask("alice");
    const [bob, carol] = [await signedIn("bob"), await signedIn("carol")];
    await bob.post("decide", { cases: actionId, decision: "approve" });
    const form = { cases: actionId, decision: "reject", note: "Odd device." };
    const lost = await carol.post("decide", form, json);
    expect(lost.status).toBe(409);
    expect(JSON.parse(lost.text)).toEqual({
      results: [{ actionId, isDone: false, text: expect.stringMatching(/^bob approved it, /) }],
    });
    expect(await stateOf(key)).toBe("REVIEW_SUCCEEDED");
    const { location } = await carol.post("comment", { case: actionId, note: "Odd device." });
    const text = await carol.get(location ?? "");
    expect(text).toContain("Odd device.</blockquote>");
    expect(text).toContain("Your comment is in the timeline.");
  });

  it("T48: is nobody's about an action of their own", async () => {
    const { actionId, ...key } = await ask("bob");
    const browser = await signedIn("bob");
    expect(await browser.get("reviews")).toContain("Your own action");
    expect(await browser.get(`case?id=${actionId}`)).toContain("This is your own action");
    expect(await browser.get(`decide?case=${actionId}&decision=approve`)).toContain("This is your own action");
    const { status, text } = await browser.post("decide", { cases: actionId, decision: "approve" });
    expect(status).toBe(409);
    expect(text).toContain("Users cannot review their own actions.");
    expect(text).not.toContain("faster");
    expect(await stateOf(key)).toBe("REVIEW_REQUIRED");
  });

  it("whose session has ended is kept with all that was written, and goes on after signing in", async () => {
    const { actionId, ...key } = await ask("alice");
    const browser = await signedIn();
    const form = {
      formToken: await browser.formToken(),
      cases: actionId,
      decision: "reject",
      note: "A long note.",
      reason: "user_denies",
    };
    clock.advance(4 * 60 * 60_000);
    const kept = await browser.send("POST", "decide", form);
    expect(kept.status).toBe(401);
    expect(kept.text).toContain("A long note.</textarea");
    expect(kept.text).toMatch(/value="user_denies"\s+selected/);
    expect(JSON.parse((await browser.send("POST", "decide", form, json)).text)).toEqual({
      text: "Your session has ended.",
    });
    await browser.signIn();
    const again = await browser.send("POST", "decide", form);
    expect(again.status).toBe(403);
    expect(again.text).toContain("Nothing was decided yet");
    expect(again.text).toContain("A long note.</textarea");
    expect(await stateOf(key)).toBe("REVIEW_REQUIRED");
    await browser.post("decide", form.formToken === "" ? {} : { ...form, formToken: await browser.formToken() });
    expect(await stateOf(key)).toBe("REVIEW_FAILED");
  });

  it.each([
    ["no form token", { formToken: "" }, {}, 403],
    ["another session's form token", { formToken: "A".repeat(43) }, {}, 403],
    ["another site as its sender", {}, { "sec-fetch-site": "same-site" }, 400],
    ["another type of body", {}, { "content-type": "text/plain" }, 400],
  ])("T37: with %s decides nothing", async (_name, change, headers, status) => {
    const { actionId, ...key } = await ask("alice");
    const browser = await signedIn();
    for (const path of ["decide", "comment", "claim"]) {
      const form = { cases: actionId, case: actionId, decision: "approve", note: "n", claim: "claim", ...change };
      const answer = await browser.post(path, form, headers);
      expect(answer.status, path).toBe(path === "decide" ? status : 400);
    }
    expect(await stateOf(key)).toBe("REVIEW_REQUIRED");
    const { items } = await engine.audit.query({ actionId });
    expect(items.map(({ type }) => type)).toEqual(["action.tracked"]);
    expect(await engine.actions.find(key)).not.toHaveProperty("reviewClaim");
  });

  it.each([
    ["neither approve nor reject", { decision: "maybe" }, 400],
    ["an action that is not there", { cases: "no-such-case" }, 409],
    ["a note of 2,001 characters", { note: "x".repeat(2001) }, 400],
    ["a form of more than 16 KiB", { note: "x".repeat(17_000) }, 400],
    ["an id that is none", { cases: "a\u0000b" }, 400],
    ["no id", { cases: "" }, 400],
    ["51 ids", { cases: Array.from({ length: 51 }, (_, index) => `id-${index}`).join(",") }, 400],
    ["a reason that is none", { reason: "<b>" }, 400],
  ])("answers %s with a page that says so, and decides nothing", async (_name, change, status) => {
    const { actionId, ...key } = await ask("alice");
    const browser = await signedIn();
    expect((await browser.post("decide", { cases: actionId, decision: "approve", ...change })).status).toBe(status);
    expect(await stateOf(key)).toBe("REVIEW_REQUIRED");
  });
});

describe("a case page", () => {
  it("has bound fields, rules with conditions and values of then, history, origin and a timeline", async () => {
    await ask("alice", { amount: "20.00", currency: "EUR" });
    const { signal } = new AbortController();
    const attributes = {
      idempotencyKey: "bound",
      ipAddress: "203.0.113.9",
      userAgent:
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
      custom: { amount: "2500.00", currency: "EUR", payee: "DE1" },
    };
    const key = { userId: "alice", action: "withdraw-funds" };
    await engine.track({ ...key, attributes, boundFields: ["amount", "currency"] }, { signal });
    const action = (await engine.actions.find({ ...key, idempotencyKey: "bound" }))!;
    await engine.reviews.comment(action, { reviewer: "carol", note: "Left a message." });
    const text = (await (await signedIn()).get(`case?id=${action.actionId}`)).replaceAll(/[ \n]+/g, " ");
    const places = [
      "What was asked for",
      "EUR\u00a02,500.00",
      "Other data points",
      "DE1",
      "A big amount",
      "custom.amount &gt; 100 and device.isNew is true",
      "<dt>custom.amount</dt> <dd>2500.00</dd>",
      "<dt>device.isNew</dt> <dd>yes</dd>",
      "203.0.113.9",
      "Chrome 126 on Windows",
      "EUR\u00a020.00",
      "action.tracked",
      "Left a message.</blockquote>",
    ].map((part) => [text.indexOf(part), part] as const);
    expect(places.filter(([place]) => place < 0)).toEqual([]);
    expect(text.indexOf("What was asked for")).toBeLessThan(text.indexOf("Other data points"));
    expect(text.indexOf("Other data points")).toBeLessThan(text.indexOf("DE1"));
  });

  it("shows the policy's conditions of then, not those of now", async () => {
    const { actionId } = await ask("alice");
    await engine.reloadPolicy({ actions: { "withdraw-funds": { defaultOutcome: "BLOCK" } } });
    expect(await (await signedIn()).get(`case?id=${actionId}`)).toContain("custom.amount &gt; 100");
  });

  it("T43: shows what users and reviewers wrote as text, wherever it is", async () => {
    const odd = `"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e`;
    const { actionId } = await ask(`u${odd}`, { amount: "2500.00", currency: odd, payee: odd });
    const key = { userId: `u${odd}`, action: "withdraw-funds", idempotencyKey: `key-${tracked}` };
    await engine.reviews.comment(key, { reviewer: "carol", note: odd });
    await engine.reviews.claim(key, "carol");
    const browser = await signedIn();
    const decided = await ask("dave", { amount: "700", payee: odd });
    await engine.reviews.reject(decided, { reviewer: odd.replaceAll(/[^a-z]/g, ""), note: odd });
    const pages = [
      "reviews",
      `reviews?user=${encodeURIComponent(key.userId)}`,
      "reviews?status=rejected",
      `case?id=${actionId}`,
      `case?id=${decided.actionId}`,
      `decide?case=${actionId}&case=${decided.actionId}&decision=reject&back=${encodeURIComponent(odd)}`,
    ];
    for (const page of pages) {
      const text = (await browser.get(page)).replaceAll(/<script nonce="[\w-]+">/g, "");
      expect(text, page).not.toMatch(/<script|<img|\u202e/);
    }
    const form = { cases: `${actionId},${decided.actionId}`, decision: "approve", note: odd, back: odd };
    for (const headers of [{}, { accept: "application/json" }]) {
      const { text } = await browser.post("decide", form, headers);
      if (!("accept" in headers))
        expect(text.replaceAll(/<script nonce="[\w-]+">/g, "")).not.toMatch(/<script|<img|\u202e/);
    }
  });

  it.each([
    ["case?id=%00", 400],
    ["case", 400],
    ["case?id=unknown", 404],
    ["decide?decision=approve&case=", 400],
    ["decide?case=unknown", 400],
    ["decide?decision=approve&case=unknown", 404],
  ])("answers %s with a page that says so", async (path, status) => {
    expect((await (await signedIn()).send("GET", path)).status).toBe(status);
  });

  it("leads to its user", async () => {
    const { actionId } = await ask("alice");
    expect(await (await signedIn()).get(`case?id=${actionId}`)).toContain('<a href="user?id=alice">');
  });

  it("is come back to after signing in", async () => {
    const { actionId } = await ask("alice");
    const stranger = new Browser();
    const asked = await stranger.send("GET", `case?id=${actionId}`);
    expect(asked).toMatchObject({
      status: 303,
      location: `sign-in?return=${encodeURIComponent(`case?id=${actionId}`)}`,
    });
    const form = await stranger.get(asked.location ?? "");
    expect(form).toContain(`name="return" value="case?id=${actionId}"`);
    expect((await stranger.signIn("bob", { return: `case?id=${actionId}` })).location).toBe(`case?id=${actionId}`);
    // Whoever is signed in already goes on at once.
    expect((await stranger.send("GET", asked.location ?? "")).location).toBe(`case?id=${actionId}`);
  });

  it("says where the events are that its timeline has no room for", async () => {
    const { actionId, ...key } = await ask("alice");
    for (let count = 0; count < 200; count++)
      await engine.reviews.comment(key, { reviewer: "bob", note: `no. ${count}` });
    const browser = await signedIn();
    const page = await browser.get(`case?id=${actionId}`);
    expect(page).not.toContain("action.tracked");
    expect(page).toContain("Those before are in the table.");
    const table = await browser.get(`audit?actionId=${actionId}`);
    expect(table).toContain("<blockquote>no. 199</blockquote>");
    const [, older = ""] = /<a href="([^"]+)">Older events</.exec(table) ?? [];
    expect(await browser.get(older.replaceAll("&amp;", "&"))).toContain("action.tracked");
  });

  it("takes a comment as long as its field does, which counts the end of a line once", async () => {
    const { actionId } = await ask("alice");
    const browser = await signedIn();
    const note = "x\n".repeat(1000).trimEnd();
    const { status } = await browser.post("comment", { case: actionId, note: note.replaceAll("\n", "\r\n") });
    expect(status).toBe(303);
    const { items } = await engine.audit.query({ actionId });
    expect(items.find(({ type }) => type === "review.commented")?.note).toBe(note);
  });

  it("keeps a comment whose session has ended", async () => {
    const { text, status } = await new Browser().send("POST", "comment", { case: "id", note: "A long text." });
    expect(status).toBe(401);
    expect(text).toContain("A long text.</textarea");
  });

  it("T39: runs the console's own script by a nonce, and speaks with nobody else", async () => {
    const { headers, text } = await (await signedIn()).send("GET", "reviews");
    const policy = headers.get("content-security-policy") ?? "";
    const [, nonce = ""] = /script-src 'nonce-([\w-]+)'; connect-src 'self';/.exec(policy) ?? [];
    expect(policy.startsWith("default-src 'none'; ")).toBe(true);
    expect([...text.matchAll(/<script nonce="([\w-]+)">/g)].map(([, used]) => used)).toEqual([nonce]);
  });
});

describe("an export", () => {
  it("has everything of a filter, whatever page is shown, in CSV and JSON", async () => {
    for (let index = 0; index < 250; index++) await ask(`user-${index}`);
    await ask("alice", {}, "close-account");
    const browser = await signedIn();
    expect(await browser.get("reviews?action=withdraw-funds")).toContain(
      'href="export?action=withdraw-funds&amp;format=csv"',
    );
    const csv = await browser.send("GET", "export?action=withdraw-funds&format=csv");
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(csv.headers.get("content-disposition")).toBe('attachment; filename="reviews-open.csv"');
    expect(csv.text.split("\r\n")).toHaveLength(252);
    const { text } = await browser.send("GET", "export?format=json");
    const listed = JSON.parse(text) as readonly { readonly user: string; readonly review: string }[];
    expect(listed).toHaveLength(251);
    expect(listed.at(-1)).toMatchObject({ user: "alice", review: "open", action: "close-account" });
    const activity = await browser.send("GET", "activity-export?user=user-7&format=json");
    expect(JSON.parse(activity.text)).toMatchObject([{ user: "user-7", state: "REVIEW_REQUIRED", rules: "big known" }]);
    expect(JSON.parse((await browser.send("GET", "export?status=rejected&format=json")).text)).toEqual([]);
  });

  it.each(["export", "export?format=xml", "export?format=csv&status=closed", "activity-export?format=csv&state=MAYBE"])(
    "that cannot be made is a page that says so: %s",
    async (path) => {
      expect((await (await signedIn()).send("GET", path)).status).toBe(400);
    },
  );

  it.each([
    ["=1+1", `'=1+1`],
    ["+49 30", `'+49 30`],
    ["-2+3", `'-2+3`],
    ["@SUM(A1)", `'@SUM(A1)`],
    ["|cmd", `'|cmd`],
    [" =1", `' =1`],
    ['"=1"', `"'""=1"""`],
    ["\t=1", `'\t'=1`],
    ["\r=1", `"'\r'=1"`],
    ["a;=1;-2", `a;'=1;-2`],
    ['a\n"=1', `"a\n'""=1"`],
    ["a;b = 1", "a;b = 1"],
    ["\u200b=1", `'\u200b=1`],
    ["\uff1d1", `'\uff1d1`],
    ["-12.50", "-12.50"],
    ["a,b", `"a,b"`],
    ["two\nlines", `"two\nlines"`],
    ["plain", "plain"],
  ])("T71: gives no spreadsheet a formula: %j", (value, cell) => {
    expect(csvLine([value, "x"])).toBe(`${cell},x\r\n`);
  });

  it("lets others have their turn between its parts, from a store that answers at once too", async () => {
    for (let index = 0; index < 401; index++) await ask(`user-${index}`);
    const browser = await signedIn();
    const order: string[] = [];
    const list = store.listReviews;
    vi.spyOn(store, "listReviews").mockImplementation((filter) => {
      order.push("page");
      setImmediate(() => order.push("turn"));
      return list(filter);
    });
    const secrets = ["engine-secret-engine-secret-engine!!"];
    engine = createEngine({ policy, secrets, issuer: "bank", baseUrl: "http://localhost", clock, store });
    handle = createConsole(engine, { reviewers: [{ id: "bob", passwordHash }] }, { basePath: "/auth", clock });
    browser.to = handle;
    expect(JSON.parse((await browser.send("GET", "export?format=json")).text)).toHaveLength(401);
    expect(order.join(" ")).toMatch(/^page turn page turn page/);
  });

  it.each(["export", "activity-export"])("is a page that says so where the store fails at once: %s", async (path) => {
    await ask("alice");
    const browser = await signedIn();
    for (const list of ["listReviews", "listActions"] as const) {
      vi.spyOn(store, list).mockRejectedValue(new Error("gone"));
    }
    const secrets = ["engine-secret-engine-secret-engine!!"];
    engine = createEngine({ policy, secrets, issuer: "bank", baseUrl: "http://localhost", clock, store });
    browser.to = createConsole(engine, { reviewers: [{ id: "bob", passwordHash }] }, { basePath: "/auth", clock });
    const { status, headers } = await browser.send("GET", `${path}?format=csv`);
    expect([status, headers.get("content-disposition")]).toEqual([expect.toSatisfy((one) => one >= 500), null]);
  });

  it("is broken off where the store fails on the way, and does not pass for whole", async () => {
    for (let index = 0; index < 250; index++) await ask(`user-${index}`);
    const browser = await signedIn();
    const kept = store.listReviews;
    vi.spyOn(store, "listReviews").mockImplementation(async (filter) => {
      if (filter.after !== undefined) throw new Error("gone");
      return kept(filter);
    });
    const secrets = ["engine-secret-engine-secret-engine!!"];
    engine = createEngine({ policy, secrets, issuer: "bank", baseUrl: "http://localhost", clock, store });
    handle = createConsole(engine, { reviewers: [{ id: "bob", passwordHash }] }, { basePath: "/auth", clock });
    await expect(browser.send("GET", "export?format=json")).rejects.toThrow("gone");
  });
});

describe("news", () => {
  /** Reads a stream, event by event. */
  async function open(browser: Browser, query: string) {
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { cookie, accept: "text/event-stream" };
    const response = await handle(new Request(`http://localhost/auth/console/news?${query}`, { headers }));
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    return { response, reader, next: async () => (await reader.read()).value };
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    return () => vi.useRealTimers();
  });

  it("say how many are open and new, and what became of the page's reviews, whichever process decided them", async () => {
    const { actionId, ...key } = await ask("alice");
    const browser = await signedIn();
    const stream = await open(browser, `since=${clock.now()}&cases=${actionId}`);
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    expect(await stream.next()).toBe("retry: 5000\n\n");
    expect(await stream.next()).toBe(`event: news\ndata: {"open":"1","fresh":0,"decided":[]}\n\n`);
    const quiet = stream.next();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await quiet).toBe(": nothing new\n\n");
    clock.advance(1);
    await ask("dave");
    await engine.reviews.reject(key, { reviewer: "carol" });
    const event = stream.next();
    await vi.advanceTimersByTimeAsync(5_000);
    const [, data = ""] = /^event: news\ndata: (.*)\n\n$/.exec((await event) ?? "") ?? [];
    expect(JSON.parse(data)).toEqual({
      open: "1",
      fresh: 1,
      decided: [{ id: actionId, text: expect.stringMatching(/^carol rejected it/) }],
    });
    await stream.reader.cancel();
  });

  it("end when the session does, and after a minute", async () => {
    const browser = await signedIn();
    const stream = await open(browser, "");
    await stream.next();
    await stream.next();
    await browser.send("POST", "sign-out", { formToken: await browser.formToken() });
    const ended = stream.next();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await ended).toBe("event: ended\ndata: {}\n\n");
    expect(await stream.next()).toBeUndefined();

    const other = await open(await signedIn(), "");
    let count = 0;
    for (let part = await other.next(); part !== undefined;) {
      count++;
      const next = other.next();
      await vi.advanceTimersByTimeAsync(5_000);
      part = await next;
    }
    expect(count).toBe(13);
  });

  it("say that the session has ended to a page that asks again after its end", async () => {
    const stream = await open(new Browser(), "");
    expect(await stream.next()).toBe("retry: 5000\n\n");
    expect(await stream.next()).toBe("event: ended\ndata: {}\n\n");
    expect(await stream.next()).toBeUndefined();
  });

  it("are for whoever is signed in, and about filters that can be read", async () => {
    expect((await new Browser().send("GET", "news")).status).toBe(401);
    expect((await (await signedIn()).send("GET", "news?user=%00")).status).toBe(400);
  });
});

describe("return-to", () => {
  it.each(["reviews", "reviews?user=a%20b&status=expired", "case?id=018f-1", "activity?from=2026-01-01"])(
    "takes a page of the console: %s",
    (page) => {
      expect(returnTo(page)).toBe(page);
    },
  );

  it.each([
    "//evil.example",
    "https://evil.example",
    "HTTPS:evil.example",
    "javascript:alert(1)",
    "/\\evil.example",
    "\\\\evil.example",
    "../elsewhere",
    "/console/reviews",
    "reviews/../../x",
    "reviews#x",
    "reviews?a\r\nset-cookie: x=1",
    "reviews?\u202e",
    " reviews",
    "reviews\t",
    "sign-out",
    "sign-in?return=x",
    "@evil.example",
    "a".repeat(5000),
    "",
    null,
    undefined,
  ])("T24: takes nothing that leads elsewhere: %j", (given) => {
    expect(returnTo(given)).toBe("reviews");
  });

  it("leads where the sign-in form says, and nowhere else", async () => {
    for (const given of ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil.example"]) {
      expect((await new Browser().signIn("bob", { return: given })).location).toBe("reviews");
      const signed = await signedIn();
      expect((await signed.send("GET", address("sign-in", { return: given }))).location).toBe("reviews");
    }
  });
});

describe("what reviewers read", () => {
  it.each([
    [{ "!": { in: [{ var: "custom.country" }, { var: "lists.near" }] } }, "not (custom.country is in the list near)"],
    [
      { or: [{ var: "device.isNew" }, { and: [true, { "<=": [{ var: "velocity.day" }, 3] }] }] },
      "device.isNew or (true and velocity.day ≤ 3)",
    ],
    [{ startsWith: [{ var: "custom.iban" }, "DE"] }, "custom.iban starts with “DE”"],
    [true, "true"],
  ])("conditions in words: %j", (conditions, text) => {
    expect(readConditions(conditions).text).toBe(text);
  });

  it("conditions that go on and on end somewhere", () => {
    let deep: unknown = true;
    for (let depth = 0; depth < 5000; depth++) deep = { "!": deep };
    expect(readConditions(deep).text.length).toBeLessThan(200);
  });

  it.each([
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
      "Safari 17 on iPhone",
    ],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox 127 on Linux"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0",
      "Edge 126 on Windows",
    ],
    ["curl/8.5.0", undefined],
    [`Mozilla/${"x".repeat(600)}`, undefined],
  ])("browsers: %s", (given, expected) => {
    expect(describeUserAgent(given)).toBe(expected);
  });
});
