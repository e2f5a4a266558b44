import { createHash, randomBytes } from "node:crypto";
import { codeAt, otherThan } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, minute, never, track } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";

/** A key as a browser makes it, and its hash. */
function newKey(): { readonly resultKey: string; readonly resultKeyHash: string } {
  const resultKey = randomBytes(32).toString("base64url");
  return { resultKey, resultKeyHash: createHash("sha256").update(resultKey).digest("base64url") };
}

/** A challenge of Alice's that was completed, with the key by which its result is fetched again. */
async function approved(harness: Harness, options: { readonly resultKeyHash?: unknown } = {}) {
  const { engine, clock } = harness;
  const secret = await enrollApp(harness, "alice");
  const { token, key } = await track(engine, "alice");
  const answer = codeAt(secret, clock.now());
  const { accessToken = "" } = await engine.challenges.verify(token, APP, answer, options);
  return { token, key, accessToken, answer };
}

describe("a result that was lost on its way", () => {
  it("C48: is fetched again by its key, and is the same approval", async () => {
    const harness = createHarness();
    const { engine, clock, events } = harness;
    const { resultKey, resultKeyHash } = newKey();
    const { token, key, accessToken } = await approved(harness, { resultKeyHash });
    const first = await engine.validateChallenge({ ...key, token: accessToken }, never);
    clock.advance(3 * minute);
    const fetched = await engine.challenges.fetchResult(token, resultKey);
    expect(events.at(-1)).toStrictEqual({
      type: "result.fetched",
      at: clock.now(),
      userId: "alice",
      action: key.action,
      actionId: expect.any(String),
      state: "CHALLENGE_SUCCEEDED",
    });
    expect(await engine.validateChallenge({ ...key, token: fetched.accessToken }, never)).toEqual(first);
    expect(first).toMatchObject({ isValid: true });
    // It is no way to keep an approval fresh: it ends as the challenge's own token does.
    clock.advance(8 * minute);
    await expect(engine.challenges.fetchResult(token, resultKey)).rejects.toMatchObject({ reason: "token_expired" });
  });

  it("C48: is fetched again where enrolling a first authenticator approved", async () => {
    const { engine, clock } = createHarness();
    const { resultKey, resultKeyHash } = newKey();
    const { token, key } = await track(engine, "alice");
    const { secret = "" } = await engine.challenges.enroll(token, APP, {});
    await engine.challenges.verify(token, APP, codeAt(secret, clock.now()), { resultKeyHash });
    const { accessToken } = await engine.challenges.fetchResult(token, resultKey);
    expect(await engine.validateChallenge({ ...key, token: accessToken }, never)).toMatchObject({ isValid: true });
  });

  it("T55: goes to nobody when no key came with the answer that approved", async () => {
    const harness = createHarness();
    const { token } = await approved(harness);
    for (const resultKey of [undefined, "", newKey().resultKey]) {
      await expect(harness.engine.challenges.fetchResult(token, resultKey)).rejects.toMatchObject({
        reason: "not_found",
      });
    }
    expect(harness.events.at(-1)).toMatchObject({ type: "result.refused", reason: "not_found" });
  });

  it("T55: goes to nobody while the challenge is open, whatever came with a wrong answer", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    const { token } = await track(engine, "alice");
    const thief = newKey();
    const code = codeAt(secret, clock.now());
    await engine.challenges.verify(token, APP, otherThan(code), thief);
    await expect(engine.challenges.fetchResult(token, thief.resultKey)).rejects.toMatchObject({ reason: "not_found" });
    await engine.challenges.verify(token, APP, code, newKey());
    await expect(engine.challenges.fetchResult(token, thief.resultKey)).rejects.toMatchObject({ reason: "not_found" });
  });

  it("T55: cannot be given another key afterwards", async () => {
    const harness = createHarness();
    const { engine } = harness;
    const { token, answer } = await approved(harness, newKey());
    const thief = newKey();
    await expect(engine.challenges.verify(token, APP, answer, thief)).rejects.toMatchObject({
      reason: "challenge_not_open",
    });
    await expect(engine.challenges.fetchResult(token, thief.resultKey)).rejects.toMatchObject({ reason: "not_found" });
  });

  it("T55: is not fetched by a token of another action, nor by a result", async () => {
    const harness = createHarness();
    const { resultKey, resultKeyHash } = newKey();
    const { accessToken } = await approved(harness, { resultKeyHash });
    const other = await track(harness.engine, "alice");
    for (const token of [other.token, accessToken]) {
      await expect(harness.engine.challenges.fetchResult(token, resultKey)).rejects.toMatchObject({
        reason: "not_found",
      });
    }
  });

  it("is gone once the approval was withdrawn", async () => {
    const harness = createHarness();
    const { engine } = harness;
    const { resultKey, resultKeyHash } = newKey();
    const { token, key } = await approved(harness, { resultKeyHash });
    await engine.actions.transition(key, { state: "BLOCK", actor: "fraud desk" });
    await expect(engine.challenges.fetchResult(token, resultKey)).rejects.toMatchObject({ reason: "not_found" });
  });

  it.each([["short"], [newKey().resultKeyHash + "="], [42], [{}], ["x".repeat(44)]])(
    "refuses %j as a hash before it counts the answer",
    async (resultKeyHash) => {
      const harness = createHarness({ limits: { attempts: 1 } });
      const { engine, clock } = harness;
      const secret = await enrollApp(harness, "alice");
      const { token } = await track(engine, "alice");
      const code = codeAt(secret, clock.now());
      await expect(engine.challenges.verify(token, APP, code, { resultKeyHash })).rejects.toMatchObject({
        reason: "request_invalid",
        field: "resultKeyHash",
      });
      await expect(engine.challenges.verify(token, APP, code)).resolves.toMatchObject({ isVerified: true });
    },
  );
});

describe("codes that were sent", () => {
  it("C47: are listed until they are used, replaced or over", async () => {
    const harness = createHarness();
    const { engine, clock, mails } = harness;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "a@mail.example" });
    const { token } = await track(engine, "alice", "read-mail");
    expect(await engine.challenges.sentCodes(token)).toEqual([]);
    await engine.challenges.send(token, "EMAIL_OTP");
    const sentAt = clock.now();
    clock.advance(minute);
    const sent = {
      userAuthenticatorId: expect.any(String),
      verificationMethod: "EMAIL_OTP",
      purpose: "challenge",
      email: "a@mail.example",
      sentAt,
      expiresAt: sentAt + 5 * minute,
    };
    expect(await engine.challenges.sentCodes(token)).toEqual([sent]);
    await engine.challenges.verify(token, "EMAIL_OTP", otherThan(mails[0]?.code ?? ""));
    expect(await engine.challenges.sentCodes(token)).toEqual([sent]);
    await engine.challenges.send(token, "EMAIL_OTP");
    expect(await engine.challenges.sentCodes(token)).toEqual([
      { ...sent, sentAt: clock.now(), expiresAt: clock.now() + 5 * minute },
    ]);
    clock.advance(5 * minute);
    expect(await engine.challenges.sentCodes(token)).toEqual([]);
  });

  it("C47: are of the bearer's own action alone, and of an enrolment too", async () => {
    const harness = createHarness();
    const { engine, mails } = harness;
    const first = await track(engine, "bob", "read-mail");
    const other = await track(engine, "bob", "read-mail");
    await engine.challenges.enroll(first.token, "EMAIL_OTP", { email: "b@mail.example" });
    expect(await engine.challenges.sentCodes(first.token)).toMatchObject([
      { verificationMethod: "EMAIL_OTP", purpose: "enrollment", email: "b@mail.example" },
    ]);
    expect(await engine.challenges.sentCodes(other.token)).toEqual([]);
    await engine.challenges.verify(first.token, "EMAIL_OTP", mails[0]?.code);
    expect(await engine.challenges.sentCodes(first.token)).toEqual([]);
  });

  it("C47: are none of a magic link, whose number was shown once", async () => {
    const delivery = { sendEmail: async () => undefined, sendMagicLink: async () => undefined };
    const { engine } = createHarness({ delivery });
    await engine.authenticators.enrollVerified("alice", {
      verificationMethod: "EMAIL_MAGIC_LINK",
      email: "a@mail.example",
    });
    const { token } = await track(engine, "alice");
    await engine.challenges.send(token, "EMAIL_MAGIC_LINK");
    expect(await engine.challenges.sentCodes(token)).toEqual([]);
  });

  it("C47: are none of an authenticator app, whose codes are not sent", async () => {
    const harness = createHarness();
    await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    expect(await harness.engine.challenges.sentCodes(token)).toEqual([]);
  });
});
