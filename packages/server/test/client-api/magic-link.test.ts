import type { MagicLinkMessage } from "@require-action/engine/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, email, enrolledMailbox, type MagicHarness } from "./magic-link-harness.ts";

let harness: MagicHarness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

const lastLink = (): MagicLinkMessage => {
  const message = harness.links.at(-1);
  if (message === undefined) throw new Error("no link was sent");
  return message;
};

describe("a magic link", () => {
  it("S18: completes the challenge in the browser that asked, once its reader has typed the number", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked({ custom: { amount: "25.50", payee: "bob" } });
    const asked = await client(token, "challenge/email-magic-link");
    expect(asked.json).toEqual({
      challengeId: expect.any(String),
      matchingNumber: expect.stringMatching(/^[1-9]\d$/),
    });
    expect(lastLink()).toMatchObject({ to: email, purpose: "challenge", custom: { amount: "25.50", payee: "bob" } });
    expect((await client(token, "verify/email-magic-link/finalize", {})).json).toEqual({ isVerified: false });
    const page = await harness.open(lastLink().url);
    expect(page.text).toContain("25.50");
    expect((await harness.match(lastLink().url, asked.json.matchingNumber)).status).toBe(200);
    const { json } = await client(token, "verify/email-magic-link/finalize", {});
    expect(json).toMatchObject({ isVerified: true, userId: "alice", accessToken: expect.any(String) });
    expect(await harness.sdk.validateChallenge({ token: json.accessToken, userId: "alice" })).toMatchObject({
      isValid: true,
      verificationMethod: "EMAIL_MAGIC_LINK",
    });
    expect((await client(token, "verify/email-magic-link/finalize", {})).status).toBe(409);
  });

  it("S18: enrols a first mailbox, which completes the challenge", async () => {
    const { token, client } = await harness.tracked();
    const { json: begun } = await client(token, "user-authenticators/email-magic-link", { email });
    expect(begun).toMatchObject({ userId: "alice", userAuthenticatorId: expect.any(String) });
    expect((await harness.open(lastLink().url)).text).toContain("Confirm your e-mail address");
    await harness.match(lastLink().url, begun.matchingNumber);
    const { json } = await client(token, "verify/email-magic-link/finalize", {});
    expect(json).toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
      userAuthenticator: { verificationMethod: "EMAIL_MAGIC_LINK", email: "a•••@bank.example" },
    });
  });

  it("S18, S5: is sent to the address that the backend has given, without an enrolment before", async () => {
    const { token, client } = await harness.tracked({ email });
    const { json: asked } = await client(token, "challenge/email-magic-link");
    await harness.match(lastLink().url, asked.matchingNumber);
    const { json } = await client(token, "verify/email-magic-link/finalize", {});
    expect(json).toMatchObject({ isVerified: true, accessToken: expect.any(String) });
  });

  it("T55: gives whoever opens it nothing, in any browser", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked();
    const { json: asked } = await client(token, "challenge/email-magic-link");
    const { url } = lastLink();
    for (const { headers, text } of [await harness.open(url), await harness.match(url, asked.matchingNumber)]) {
      expect(text).not.toMatch(/eyJ/);
      expect(headers.get("set-cookie")).toBeNull();
      expect(headers.get("location")).toBeNull();
    }
    const link = new URL(url).searchParams.get("link") ?? "";
    for (const path of ["verify/email-magic-link/finalize", "challenge/email-magic-link", "init"]) {
      expect((await client(link, path, {})).status).toBe(401);
    }
  });

  it("T55: gives the result to no other token of the same action", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked({ idempotencyKey: "key-1" });
    const { token: other } = await harness.tracked({ idempotencyKey: "key-1" });
    expect(other).not.toBe(token);
    const { json: asked } = await client(token, "challenge/email-magic-link");
    await harness.match(lastLink().url, asked.matchingNumber);
    expect((await client(other, "verify/email-magic-link/finalize", {})).json).toEqual({ isVerified: false });
    expect((await client(token, "verify/email-magic-link/finalize", {})).json).toMatchObject({ isVerified: true });
  });

  it("T55: that somebody else has asked for is not approved by opening it, nor by a wrong number, which voids it", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked();
    const { json: asked } = await client(token, "challenge/email-magic-link");
    const { url } = lastLink();
    await harness.open(url);
    await harness.open(url);
    const wrong = asked.matchingNumber === "42" ? "43" : "42";
    expect((await harness.match(url, wrong)).status).toBe(400);
    expect((await harness.match(url, asked.matchingNumber)).status).toBe(410);
    expect((await client(token, "verify/email-magic-link/finalize", {})).json).toEqual({ isVerified: false });
    expect(harness.events).toContainEqual(
      expect.objectContaining({ type: "challenge.refused", reason: "answer_wrong", userId: "alice" }),
    );
  });

  it("is used once, by one of many at once", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked();
    const { json: asked } = await client(token, "challenge/email-magic-link");
    const { url } = lastLink();
    const all = await Promise.all(Array.from({ length: 20 }, () => harness.match(url, asked.matchingNumber)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    const polls = await Promise.all(
      Array.from({ length: 20 }, () => client(token, "verify/email-magic-link/finalize", {})),
    );
    expect(polls.filter(({ json }) => json.isVerified === true)).toHaveLength(1);
  });

  it("is asked after as often as a browser likes, and counts nothing", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked();
    const { json: asked } = await client(token, "challenge/email-magic-link");
    for (let second = 0; second < 120; second++) {
      expect((await client(token, "verify/email-magic-link/finalize", {})).json).toEqual({ isVerified: false });
    }
    await harness.match(lastLink().url, asked.matchingNumber);
    expect((await client(token, "verify/email-magic-link/finalize", {})).json).toMatchObject({ isVerified: true });
  });

  it("is over after five minutes, and when another was sent", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked();
    const { json: first } = await client(token, "challenge/email-magic-link");
    const { url: firstUrl } = lastLink();
    const { json: second } = await client(token, "challenge/email-magic-link");
    expect((await harness.match(firstUrl, first.matchingNumber)).status).toBe(410);
    harness.clock.advance(5 * 60_000 + 1);
    expect((await harness.open(lastLink().url)).status).toBe(410);
    expect((await harness.match(lastLink().url, second.matchingNumber)).status).toBe(410);
  });

  it("answers nonsense like a link that is over, and takes no other method", async () => {
    const base = `${harness.origin}/magic-link`;
    const long = "a".repeat(5000);
    const lists = [[], ["a"], ["", "", "", "", ""], [1, 2, 3, 4, 5], ["alice", "withdraw-funds", "..", "x", "x"]];
    const encoded = lists.map((list) => Buffer.from(JSON.stringify(list)).toString("base64url"));
    for (const link of ["", "x", "%00", long, "e30", ...encoded]) {
      expect((await harness.open(`${base}?link=${link}`)).status).toBe(410);
      expect((await harness.match(`${base}?link=${link}`, "42")).status).toBe(410);
    }
    expect((await fetch(base, { method: "DELETE" })).status).toBe(405);
    expect((await fetch(base, { method: "POST", body: "{}" })).status).toBe(400);
  });

  it("is on a page that runs nothing, fits in no frame and leaves no trace", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked({ custom: { payee: "<img src=x onerror=alert(1)>" } });
    await client(token, "challenge/email-magic-link");
    const { headers, text } = await harness.open(lastLink().url);
    expect(text).not.toContain("<img");
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    );
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
  });

  it("is no link of a form that another site has sent", async () => {
    await enrolledMailbox(harness);
    const { token, client } = await harness.tracked();
    const { json: asked } = await client(token, "challenge/email-magic-link");
    const fromElsewhere = { "sec-fetch-site": "cross-site" };
    expect((await harness.match(lastLink().url, asked.matchingNumber, fromElsewhere)).status).toBe(400);
    expect((await harness.match(lastLink().url, asked.matchingNumber)).status).toBe(200);
  });
});

it("S11: follows a verified address, and the old one is told", async () => {
  await enrolledMailbox(harness);
  await harness.sdk.updateUser({ userId: "alice", attributes: { email: "new@bank.example", emailVerified: true } });
  const { token, client } = await harness.tracked();
  await client(token, "challenge/email-magic-link");
  expect(lastLink().to).toBe("new@bank.example");
});

it("S18: is not offered without a sender", async () => {
  await harness.close();
  harness = await createHarness({ sends: false });
  const { token, client } = await harness.tracked();
  expect((await client(token, "challenge/email-magic-link")).json).toMatchObject({ errorCode: "not_supported" });
  expect((await harness.open(`${harness.origin}/magic-link?link=e30`)).status).toBe(410);
});
