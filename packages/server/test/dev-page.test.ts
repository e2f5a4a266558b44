import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOutbox, type DevOptions, type Outbox } from "../src/index.ts";
import { allowWarnings } from "@require-action-test/support/warnings";
import { apiSecret, basic, createHarness, type Harness, send } from "./harness.ts";
import { request } from "node:http";

// One of the cases is about an action that the policy does not name.
allowWarnings("RA_ACTION_UNKNOWN");

let harness: Harness;
let outbox: Outbox;
const cases: ReturnType<NonNullable<DevOptions["cases"]>> = [
  { name: "a big one", userId: "alice", action: "withdraw-funds", attributes: { custom: { amount: "5000" } } },
  { name: `a/b <b>"?#`, userId: "bob", action: "withdraw-funds", attributes: {} },
  { name: "unknown", userId: "alice", action: "no-such-action", attributes: {} },
];

beforeEach(async () => {
  outbox = createOutbox();
  harness = await createHarness({ server: { dev: { outbox, isLocal: true, cases: () => cases } } });
});
afterEach(() => harness.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  send(harness.origin + path, "GET", undefined, headers);

async function press(name: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${harness.origin}/dev/try/${encodeURIComponent(name)}`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  });
  await response.text();
  return { status: response.status, location: response.headers.get("location") };
}

/** As a browser asks under another host name, which `fetch` does not let itself be told. */
function statusFor(method: string, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(harness.origin + path, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
}

describe("the page for developers", () => {
  it("has a button for each case, which decides as the application would have it", async () => {
    const before = (await get("/")).text;
    expect(before).toContain("None yet.");
    expect(before).not.toContain("<b>");
    expect(await press("a big one")).toEqual({ status: 303, location: "/" });
    expect(await press(`a/b <b>"?#`)).toEqual({ status: 303, location: "/" });
    const { items } = await harness.engine.actions.query();
    expect(items).toMatchObject([
      { userId: "bob", state: "CHALLENGE_REQUIRED" },
      { userId: "alice", state: "REVIEW_REQUIRED" },
    ]);
    const { text, headers } = await get("/");
    for (const shown of ["Large amount", "REVIEW_REQUIRED", "bob"]) expect(text).toContain(shown);
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'nonce-[\w-]+';/);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("same-origin");
  });

  it("says what the engine refuses", async () => {
    const { status, location } = await press("unknown");
    expect(status).toBe(303);
    expect((await get(location ?? "")).text).toContain("Refused: The policy does not name this action.");
    expect((await press("no such case")).status).toBe(404);
    expect((await get("/?refused=%3Cb%3Ex%E2%80%AE")).text).not.toMatch(/<b>|\u202e/);
  });

  it("shows what was sent, and leads to challenges by links that fit a line", async () => {
    const url = `https://bank.example/challenge?token=${"x".repeat(500)}`;
    outbox.addLink({ userId: "alice", action: "withdraw-funds", url });
    await outbox.delivery.sendEmail({ to: "a@bank.example", code: "123456" } as never, new AbortController().signal);
    const { text } = await get("/");
    expect(text).toContain("123456");
    const short = outbox.shortPath(url);
    expect(short.length).toBeLessThan(40);
    expect(text).toContain(`href="${short}"`);
    expect(text).not.toContain(url);
    const followed = await fetch(harness.origin + short, { redirect: "manual" });
    expect([followed.status, followed.headers.get("location")]).toEqual([303, url]);
    for (const name of ["0123456789", "..", "x"]) expect((await get(`/dev/link/${name}`)).status).toBeGreaterThan(399);
  });

  const paths = [
    ["GET", "/"],
    ["GET", "/dev/link/0123456789"],
    ["POST", "/dev/try/unknown"],
  ] as const;

  it.each(paths)("T60: is for programs of this machine alone: %s %s", async (method, path) => {
    for (const name of ["x-forwarded-for", "forwarded", "via", "x-real-ip"]) {
      expect(await statusFor(method, path, { [name]: "192.0.2.1" })).toBe(403);
    }
    expect(await statusFor(method, path, { host: "evil.example" })).toBe(401);
    expect(await statusFor(method, path, { connection: "close" })).toBe(401);
    expect([303, 404, 200]).toContain(await statusFor(method, path, { connection: "keep-alive" }));
  });

  it("T37: T60: is not used by pages of other sites, whatever credentials a browser keeps", async () => {
    const credentials = { authorization: basic(apiSecret) };
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example", ...credentials },
      { "sec-fetch-site": "cross-site", ...credentials },
    ] as readonly Record<string, string>[]) {
      expect(await statusFor("POST", "/dev/try/a%20big%20one", headers)).toBe(403);
    }
    expect((await harness.engine.actions.query()).items).toEqual([]);
  });
});

it("T60: is nowhere without dev", async () => {
  await harness.close();
  harness = await createHarness();
  for (const path of ["/", "/dev/link/0123456789"]) expect((await get(path)).status).toBe(404);
  expect((await press("a big one")).status).toBe(404);
});
