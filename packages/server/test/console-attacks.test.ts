import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import type { AuditEvent } from "@require-action/engine/store";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { createConsole } from "../src/console/create-console.ts";
import { hashPassword } from "../src/console/password.ts";
import { ConsoleBrowser } from "./console-harness.ts";

vi.mock("node:crypto", async (original) => (await import("./cheap-scrypt.ts")).withCheapScrypt(original));

/** Each ends what another kind of text is within. */
const hostile = {
  "a tag": "<img src=x onerror=alert(1)>",
  "the end of a script": "</script><script>alert(1)</script>",
  "the end of an attribute": `"' autofocus onfocus=alert(1) x="`,
  "a template": "${alert(1)}{{7*7}}",
  "a link": "javascript:alert(1)",
  "an entity": "&lt;b&gt;&#x3c;i&#x3e;",
  "letters turned around": "evil\u202egnp.exe\u2066",
  "letters without a width": "al\u200bice\ufeff",
  "a letter that joins": "a\u0301\u0489\u0489",
} as const;

/** Texts that would begin a line of a log, or move the cursor of who reads it. */
const forging = ["a\nb", "a\r\n2026-01-01 approved by olga", "a\u0000b", "\u001b[2Jx", "a\u0085b", "a\u2028b"];

let engine: Engine;
let browser: ConsoleBrowser;
const events: AuditEvent[] = [];

beforeEach(async () => {
  events.length = 0;
  engine = createEngine({
    policy: {
      dataPoints: [{ name: "payee", type: "text", optional: true }],
      actions: { pay: { defaultOutcome: "REVIEW" } },
    },
    secrets: ["engine-secret-engine-secret-engine!!"],
    issuer: "bank",
    baseUrl: "http://localhost",
    passkeys: { rpId: "localhost", origins: ["http://localhost"] },
    store: createMemoryStore(),
    onEvent: (event) => void events.push(event),
  });
});

async function signIn(id = "bob"): Promise<void> {
  const reviewers = [
    { id, passwordHash: await hashPassword("correct horse"), role: "administer", userIds: [] } as const,
  ];
  browser = new ConsoleBrowser(createConsole(engine, { reviewers }), "http://localhost/console/");
  const formToken = await browser.formToken("sign-in");
  const { status } = await browser.send("POST", "sign-in", { formToken, reviewer: id, password: "correct horse" });
  expect(status).toBe(303);
}

async function ask(userId: string, attributes: object, idempotencyKey = "key-1"): Promise<string> {
  const { signal } = new AbortController();
  await engine.track({ userId, action: "pay", attributes: { idempotencyKey, custom: {}, ...attributes } }, { signal });
  const { items } = await engine.actions.query({ userId });
  return items[0]?.actionId ?? "";
}

/** What a plot of the console's own begins with. */
const PLOT = /<svg\s+viewBox="[\d ]+"\s+preserveAspectRatio="none"\s+role="img"\s+aria-labelledby="[a-z0-9 -]+"\s*>/g;

/** The tags and attributes that a page may consist of; a text that was taken for markup brings others. */
function oddMarkup(page: string, text: string): readonly string[] {
  const body = page.slice(page.indexOf("<body"), page.lastIndexOf("<script")).replaceAll(PLOT, "");
  // What is within quotes is a value, however it looks.
  const tags = body.replaceAll(/"[^"]*"/g, '""');
  return [
    ...body.matchAll(/<(?:img|iframe|object|svg|base|meta|link|style)\b[^>]*>/gi),
    ...tags.matchAll(/<[^>]*\s(?:on\w+|autofocus(?=\s+onfocus)|srcdoc|formaction)\s*=[^>]*>/gi),
    ...body.matchAll(/(?:href|src|action)="\s*(?:javascript|data|vbscript):[^"]*"/gi),
    ...body.matchAll(/<script\b/gi),
    ...body.matchAll(/>[^<]*[\u202a-\u202e\u2066-\u2069\u200b\ufeff][^<]*</g),
    ...(text.includes("<") && body.includes(text) ? [[text]] : []),
  ].map(([found = ""]) => found);
}

describe("T43, T45: every field that a page shows", () => {
  it.each(Object.entries(hostile))("is text, with %s in all of them", async (_name, text) => {
    const reviewer = `r ${text}`;
    await signIn(reviewer);
    const userId = `u ${text}`;
    await engine.users.update(userId, { username: `n ${text}` });
    const actionId = await ask(userId, {
      custom: { payee: `p ${text}`, unknown: `c ${text}` },
      deviceId: `v ${text}`,
      userAgent: `Mozilla/5.0 ${text}`,
      username: `n ${text}`,
    });
    await engine.reviewers.invite(
      `i ${text}`,
      { role: "look", userIds: [`x ${text}`] },
      { actor: reviewer, reason: text },
    );
    const key = (await engine.actions.query({ userId })).items[0]!;
    await engine.reviews.comment(key, { reviewer, note: `m ${text}` });
    await engine.reviews.claim(key, reviewer);
    const id = encodeURIComponent(actionId);
    const user$ = encodeURIComponent(userId);
    const pages = [
      "reviews",
      `reviews?q=${encodeURIComponent(text)}&user=${user$}`,
      `case?id=${id}`,
      `decide?case=${id}&decision=reject&note=${encodeURIComponent(text)}&reason=${encodeURIComponent(text)}`,
      "activity",
      `activity?user=${user$}&action=${encodeURIComponent(text)}`,
      `audit?actionId=${id}`,
      "users",
      `users?q=${encodeURIComponent(text)}`,
      `user?id=${user$}`,
      `user?id=${user$}&done=${encodeURIComponent(text)}`,
      "reviewers",
      `reviewers?done=${encodeURIComponent(text)}`,
      "sessions",
      "passkeys",
      "figures",
      `figures?range=${encodeURIComponent(text)}`,
      `figures?action=${encodeURIComponent(text)}`,
      `figures-export?figure=${encodeURIComponent(text)}`,
      `activity-export?format=${encodeURIComponent(text)}`,
      `receipt?id=${encodeURIComponent(text)}`,
      `sign-in?return=${encodeURIComponent(text)}&done=${encodeURIComponent(text)}`,
      `nowhere?${encodeURIComponent(text)}`,
    ];
    let shown = 0;
    for (const path of pages) {
      const { text: page, status } = await browser.send("GET", path, undefined, {
        "user-agent": `Mozilla/5.0 ${text}`.replace(/[^ -~]/g, ""),
      });
      expect(status, path).toBeLessThan(500);
      expect(oddMarkup(page, text), path).toEqual([]);
      if (page.includes("p ") || page.includes("u ")) shown++;
    }
    expect(shown).toBeGreaterThan(8);
    // What was decided, and by whom.
    await engine.reviews.reject(key, { reviewer, note: `m ${text}` });
    for (const path of [`case?id=${id}`, "reviews?status=rejected", "activity", `audit?actionId=${id}`]) {
      expect(oddMarkup((await browser.send("GET", path)).text, text), path).toEqual([]);
    }
  });
});

describe("T43: what a request to the console may hold", () => {
  it.each(forging)("writes no line of a log anew: %j", async (text) => {
    await signIn();
    const actionId = await ask("alice", {});
    const formToken = await browser.formToken("sessions");
    const before = events.length;
    const isControl = /\p{Cc}/u.test(text);
    const sent = [
      ["reviewers", { do: "invite", reviewer: text, role: "look", reason: "x" }],
      ["reviewers", { do: "invite", reviewer: "eve", role: "look", reason: text }],
      ["user", { user: text, do: "unlock", reason: "x" }],
      ["user", { user: "alice", do: "unlock", reason: text }],
      ["decide", { cases: actionId, decision: "approve", reason: text }],
      ["claim", { case: text, claim: "claim" }],
      ["sessions", { session: text }],
    ] as const;
    for (const [path, form] of sent) {
      expect((await browser.send("POST", path, { formToken, ...form })).status, path).toBeLessThan(500);
    }
    // Names, ids and reasons are one line each. A note may have several, and is a field of its own.
    const fields = events.slice(before).flatMap(({ note: _note, ...event }) => Object.values(event));
    if (isControl) expect(fields.filter((field) => typeof field === "string" && /\p{Cc}/u.test(field))).toEqual([]);
    await browser.send("POST", "comment", { formToken, case: actionId, note: text });
    const other = new ConsoleBrowser(browser.to, "http://localhost/console/");
    const token = await other.formToken("sign-in");
    const { status } = await other.send("POST", "sign-in", { formToken: token, reviewer: text, password: text });
    expect(status).toBeLessThan(500);
  });

  it("T71: gives no spreadsheet a formula, whichever field of an export holds it", async () => {
    await signIn("=reviewer()");
    const formulas = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "|calc", "\uff1d1+1", " =1+1"];
    for (const [index, text] of formulas.entries()) {
      const userId = `${text}${index}`;
      await ask(userId, { custom: { payee: text }, deviceId: text }, text);
      const key = (await engine.actions.query({ userId })).items[0]!;
      await engine.reviews.reject(key, { reviewer: "=reviewer()", note: text });
    }
    for (const path of ["export?format=csv&status=rejected", "activity-export?format=csv"]) {
      const { text } = await browser.send("GET", path);
      const [, ...lines] = text.trimEnd().split("\r\n");
      expect(lines).toHaveLength(formulas.length);
      // What a cell begins with, in quotation marks or not.
      const starts = lines.flatMap((line) => [...line.matchAll(/(?:^|,)"?([^,"]?)/g)].map(([, start = ""]) => start));
      expect(
        starts.filter((start) => /[=+\-@|\uff1d ]/u.test(start)),
        path,
      ).toEqual([]);
      expect(text.match(/'[=+\-@|\uff1d ]/gu)?.length, path).toBeGreaterThan(3 * formulas.length);
    }
  });

  it("T71: gives no formula to spreadsheets that part cells by semicolons or tabs, and end rows within quotation marks", async () => {
    await signIn();
    const texts = ["a;=1+1", 'a;"=1+1', "a\t=1+1", "a\n=1+1", "a\r\n =1+1", "a; \uff1d1+1", "\u0001=1+1", "\u200b=1+1"];
    for (const [index, note] of texts.entries()) {
      await ask(`u${index};=2+2`, { custom: { payee: "a;=3+3" } }, `key-${index}`);
      const key = (await engine.actions.query({ userId: `u${index};=2+2` })).items[0]!;
      await engine.reviews.reject(key, { reviewer: "bob", note });
    }
    const { text } = await browser.send("GET", "export?format=csv&status=rejected");
    expect(text.split(/[;\t\r\n]/).filter((cell) => /^[\s\p{C}"]*[=\uff1d]/u.test(cell))).toEqual([]);
  });

  it.each([
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "reviews\r\nset-cookie: a=b",
    "..//..",
    "%2f%2fevil",
    "sign-out",
    "sign-in-oidc",
    "reviews\t//evil.example",
    "\t//evil.example",
    "reviews/..//..//evil.example",
    "reviews@evil.example",
    "reviews?a=b#//evil.example",
    "http:evil.example",
    "evil.example",
  ])("T61: leads nobody elsewhere: %j", async (back) => {
    await signIn();
    const actionId = await ask("alice", {});
    const formToken = await browser.formToken("sessions");
    const stranger = new ConsoleBrowser(browser.to, "http://localhost/console/");
    const token = await stranger.formToken("sign-in");
    const answers = [
      await browser.send("GET", `sign-in?return=${encodeURIComponent(back)}`),
      await browser.send("POST", "decide", { formToken, cases: actionId, decision: "approve", back }),
      await stranger.send("POST", "sign-in", {
        formToken: token,
        reviewer: "bob",
        password: "correct horse",
        return: back,
      }),
    ];
    for (const { status, location, headers } of answers) {
      expect([200, 303]).toContain(status);
      if (location === null) continue;
      const to = new URL(location, "http://localhost/console/x");
      expect(to.origin + to.pathname.slice(0, 9)).toBe("http://localhost/console/");
      expect(headers.getSetCookie().join()).not.toContain("a=b");
    }
  });

  it("T37: changes nothing by any other method or kind of form, with the right token too", async () => {
    await signIn();
    const actionId = await ask("alice", {});
    const formToken = await browser.formToken("sessions");
    const form = { formToken, cases: actionId, decision: "approve" };
    const query = new URLSearchParams(form).toString();
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
      await browser.send(method, `decide?${query}`);
    }
    for (const type of ["text/plain", "multipart/form-data; boundary=x", "application/json"]) {
      const { status } = await browser.send("POST", "decide", form, { "content-type": type });
      expect(status).toBe(400);
    }
    for (const site of ["cross-site", "same-site"]) {
      expect((await browser.send("POST", "decide", form, { "sec-fetch-site": site })).status).toBe(400);
    }
    expect((await browser.send("POST", "decide", { ...form, formToken: `${formToken}x` })).status).toBe(403);
    const { items } = await engine.actions.query({ userId: "alice" });
    expect(items.map(({ state }) => state)).toEqual(["REVIEW_REQUIRED"]);
  });
});
