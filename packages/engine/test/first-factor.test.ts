import { codeAt } from "@require-action-test/support/codes";
import { createMemoryStore, type Policy } from "../src/index.ts";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, never, remote, track } from "./harness.ts";
import { createPasskeyHarness, enrollPasskey } from "./passkey-harness.ts";

const APP = "AUTHENTICATOR_APP";
const MAIL = "EMAIL_OTP";
const minute = 60_000;

const policy: Policy = {
  actions: {
    "withdraw-funds": { defaultOutcome: "CHALLENGE", firstFactor: "before" },
    "add-payee": { defaultOutcome: "CHALLENGE" },
    "read-mail": { defaultOutcome: "ALLOW" },
    "close-account": { defaultOutcome: "REVIEW" },
    "use-list": { defaultOutcome: "BLOCK" },
  },
};

/** Enrols an authenticator app under a token; resolves to the answer, and the app's secret. */
async function enroll({ engine, clock }: Harness, token: string) {
  const { secret = "" } = await engine.challenges.enroll(token, APP, {});
  return { secret, verification: await engine.challenges.verify(token, APP, codeAt(secret, clock.now())) };
}

describe("a first authenticator that is enrolled under a challenge", () => {
  it("S4: completes it, as the Cognito sign-up example and custom pages need it", async () => {
    const harness = createHarness({ policy });
    const { engine } = harness;
    const { token, key } = await track(engine, "alice", "add-payee");
    const { verification } = await enroll(harness, token);
    expect(verification).toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
      userAuthenticator: { verificationMethod: APP },
      recoveryCodes: expect.any(Array),
    });
    const { accessToken = "" } = verification;
    expect(await engine.validateChallenge({ ...key, token: accessToken }, never)).toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: APP,
      idempotencyKey: key.idempotencyKey,
    });
    // Of the enrolment's own browser alone: what was handed out before is worth nothing more.
    expect(await engine.validateChallenge({ ...key, token }, never)).toMatchObject({ isValid: false });
    await expect(engine.challenges.send(token, MAIL)).rejects.toMatchObject({ reason: "challenge_not_open" });
  });

  it("S4: is all that approves: a removed one approves nothing any more", async () => {
    const harness = createHarness({ policy });
    const { token, key } = await track(harness.engine, "alice", "add-payee");
    const { verification } = await enroll(harness, token);
    const { userAuthenticatorId = "" } = verification.userAuthenticator ?? {};
    await harness.engine.authenticators.remove("alice", userAuthenticatorId);
    const { accessToken = "" } = verification;
    expect(await harness.engine.validateChallenge({ ...key, token: accessToken }, never)).toMatchObject({
      isValid: false,
      state: "BLOCK",
    });
  });

  it("S4: completes nothing when it is not the first", async () => {
    const harness = createHarness({ policy });
    const { engine } = harness;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@mail.example" });
    const { token, key } = await track(engine, "alice", "add-payee", { scope: "add:authenticators" });
    const { verification } = await enroll(harness, token);
    expect(verification).toMatchObject({ isVerified: true });
    expect(verification).not.toHaveProperty("accessToken");
    expect(await engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it("S4: completes nothing by a method that the action does not accept, though a scope let it be enrolled", async () => {
    const harness = createHarness();
    const { engine } = harness;
    await enrollApp(harness, "alice");
    const scope = "add:authenticators remove:authenticators";
    const { token, key } = await track(engine, "alice", "change-password", { scope });
    await engine.challenges.enroll(token, MAIL, { email: "mallory@evil.example" });
    for (const { userAuthenticatorId } of await engine.challenges.authenticators(token)) {
      await engine.challenges.removeAuthenticator(token, userAuthenticatorId);
    }
    const verification = await engine.challenges.verify(token, MAIL, lastCode(harness));
    expect(verification).toMatchObject({ isVerified: true });
    expect(verification).not.toHaveProperty("accessToken");
    expect(await engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it("S4: completes nothing under an action that was refused meanwhile, and stays enrolled", async () => {
    const harness = createHarness({ policy });
    const { engine } = harness;
    const { token, key } = await track(engine, "alice", "add-payee");
    const { secret = "" } = await engine.challenges.enroll(token, APP, {});
    await engine.reloadPolicy({ actions: { "read-mail": { defaultOutcome: "ALLOW" } } });
    const verification = await engine.challenges.verify(token, APP, codeAt(secret, harness.clock.now()));
    expect(verification).toMatchObject({ isVerified: true, recoveryCodes: expect.any(Array) });
    expect(verification).not.toHaveProperty("accessToken");
    expect(await engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
  });

  it("S4: completes once, of two that are first at once", async () => {
    const harness = createHarness({ policy, store: remote(createMemoryStore()) });
    const { engine, clock } = harness;
    const { token } = await track(engine, "alice", "add-payee");
    const { secret = "" } = await engine.challenges.enroll(token, APP, {});
    await engine.challenges.enroll(token, MAIL, { email: "alice@mail.example" });
    const answers = await Promise.allSettled([
      engine.challenges.verify(token, APP, codeAt(secret, clock.now())),
      engine.challenges.verify(token, MAIL, lastCode(harness)),
    ]);
    const tokens = answers.flatMap((one) => (one.status === "fulfilled" ? (one.value.accessToken ?? []) : []));
    expect(tokens).toHaveLength(1);
    expect(harness.events.filter(({ state }) => state === "CHALLENGE_SUCCEEDED")).toHaveLength(1);
  });
});

describe('firstFactor: "before"', () => {
  it("S4: refuses what was enrolled under the action, and takes it for the next", async () => {
    const harness = createHarness({ policy });
    const { engine, clock } = harness;
    const { token, key } = await track(engine, "alice");
    const { verification, secret } = await enroll(harness, token);
    expect(verification).toMatchObject({ isVerified: true, userAuthenticator: { verificationMethod: APP } });
    expect(verification).not.toHaveProperty("accessToken");
    clock.advance(minute);
    await expect(engine.challenges.verify(token, APP, codeAt(secret, clock.now()))).rejects.toMatchObject({
      reason: "authenticator_too_new",
      status: 403,
    });
    const [recoveryCode = ""] = verification.recoveryCodes ?? [];
    await expect(engine.challenges.verify(token, "RECOVERY_CODE", recoveryCode)).rejects.toMatchObject({
      reason: "authenticator_too_new",
    });
    expect(await engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_REQUIRED", enrolledBefore: [] });

    const { token: next } = await track(engine, "alice");
    expect(await engine.challenges.verify(next, APP, codeAt(secret, clock.now()))).toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
    });
  });

  it("S4: refuses what was enrolled meanwhile under another action, with a scope, or by the backend", async () => {
    const harness = createHarness({ policy });
    const { engine, clock } = harness;
    const { token } = await track(engine, "alice");
    clock.advance(minute);
    await enroll(harness, (await track(engine, "alice", "add-payee")).token);
    await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@mail.example" });
    await expect(engine.challenges.send(token, MAIL)).rejects.toMatchObject({ reason: "authenticator_too_new" });
    await expect(engine.challenges.verify(token, APP, "123456")).rejects.toMatchObject({
      reason: "authenticator_too_new",
    });
  });

  it("S4: offers the passkeys of before, and takes no newer one", async () => {
    const harness = createPasskeyHarness({ policy });
    const { engine, clock } = harness;
    const old = await enrollPasskey(harness, "alice", (await track(engine, "alice", "add-payee")).token);
    clock.advance(minute);
    const { token } = await track(engine, "alice");
    clock.advance(minute);
    const granted = await track(engine, "alice", "read-mail", { scope: "add:authenticators" });
    const { options } = await engine.challenges.enroll(granted.token, "PASSKEY", {});
    const { response, passkey } = harness.authenticator.create(options as never);
    await engine.challenges.verify(granted.token, "PASSKEY", response);

    const asked = await engine.challenges.send(token, "PASSKEY");
    expect(asked.options).toMatchObject({ allowCredentials: [{ id: old.id }] });
    expect(await engine.challenges.verify(token, "PASSKEY", passkey.get(asked.options as never))).toMatchObject({
      isVerified: false,
    });
    const again = await engine.challenges.send(token, "PASSKEY");
    expect(await engine.challenges.verify(token, "PASSKEY", old.get(again.options as never))).toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
    });
  });

  it("S5: sends no code that would enrol, and says that there is no authenticator", async () => {
    const harness = createHarness({ policy });
    await harness.engine.users.update("alice", { email: "alice@mail.example" });
    const { token } = await track(harness.engine, "alice");
    await expect(harness.engine.challenges.send(token, MAIL)).rejects.toMatchObject({
      reason: "authenticator_missing",
    });
    expect(harness.mails).toEqual([]);
  });

  it("is a mistake of the policy when it is another word", () => {
    const firstFactor = "never" as "before";
    expect(() => createHarness({ policy: { actions: { pay: { defaultOutcome: "CHALLENGE", firstFactor } } } })).toThrow(
      "firstFactor",
    );
  });
});

describe("a challenge to the address that the backend has given", () => {
  it("S5: enrols and approves in one, as the session guide and the mobile example need it", async () => {
    const harness = createHarness({ policy });
    const { engine } = harness;
    await engine.users.update("alice", { email: "alice@mail.example" });
    const { token, key } = await track(engine, "alice", "add-payee");
    expect(await engine.challenges.send(token, MAIL)).toEqual({ challengeId: expect.any(String) });
    expect(harness.mails).toMatchObject([{ to: "alice@mail.example", purpose: "enrollment" }]);
    // Asked again, the code of before is void.
    await engine.challenges.send(token, MAIL);
    const [first, second] = harness.mails;
    expect(await engine.challenges.verify(token, MAIL, first?.code)).toMatchObject({ isVerified: false });
    expect(await engine.challenges.verify(token, MAIL, second?.code)).toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
      userAuthenticator: { email: "alice@mail.example" },
    });
    expect(await engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_SUCCEEDED", verificationMethod: MAIL });
  });

  it("S5: needs the address, and a user without any authenticator", async () => {
    const harness = createHarness({ policy });
    const { engine } = harness;
    const { token } = await track(engine, "bob", "add-payee");
    await expect(engine.challenges.send(token, MAIL)).rejects.toMatchObject({ reason: "authenticator_missing" });
    await enrollApp(harness, "alice");
    await engine.users.update("alice", { email: "alice@mail.example" });
    const enrolled = await track(engine, "alice", "add-payee");
    await expect(engine.challenges.send(enrolled.token, MAIL)).rejects.toMatchObject({
      reason: "authenticator_missing",
    });
    expect(harness.mails).toEqual([]);
  });
});

describe("a token of an action that was allowed", () => {
  const allowed = (harness: Harness, scope = "add:authenticators") =>
    track(harness.engine, "alice", "read-mail", { scope });

  it("S3: comes with a scope, and with a url; refused and reviewed actions have none", async () => {
    const { engine } = createHarness({ policy });
    const ask = (action: string, scope?: string) =>
      engine.track(
        { userId: "alice", action, attributes: { idempotencyKey: `${action}-${scope}`, ...(scope && { scope }) } },
        never,
      );
    expect(await ask("read-mail", "add:authenticators")).toMatchObject({
      state: "ALLOW",
      token: expect.any(String),
      url: expect.stringContaining("/challenge?token="),
    });
    for (const [action, scope] of [
      ["read-mail"],
      ["use-list", "add:authenticators"],
      ["close-account", "add:authenticators"],
    ]) {
      const answer = await ask(action ?? "", scope);
      expect(answer).not.toHaveProperty("token");
      expect(answer).not.toHaveProperty("url");
    }
  });

  it("S3: adds and removes factors as far as its scope says", async () => {
    const harness = createHarness({ policy });
    const { engine } = harness;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@mail.example" });
    const { token } = await allowed(harness);
    const { verification } = await enroll(harness, token);
    expect(verification).toMatchObject({ isVerified: true });
    const { userAuthenticatorId = "" } = verification.userAuthenticator ?? {};
    await expect(engine.challenges.removeAuthenticator(token, userAuthenticatorId)).rejects.toMatchObject({
      reason: "factor_change_forbidden",
    });
    const remover = await allowed(harness, "remove:authenticators");
    await engine.challenges.removeAuthenticator(remover.token, userAuthenticatorId);
    const reader = await allowed(harness, "read:authenticators");
    expect(await engine.challenges.authenticators(reader.token)).toMatchObject([
      { verificationMethod: MAIL },
      { verificationMethod: "RECOVERY_CODE" },
    ]);
    await expect(engine.challenges.enroll(reader.token, APP, {})).rejects.toMatchObject({
      reason: "factor_change_forbidden",
    });
  });

  it("S3, T55: is never a result, nor becomes one, whatever is done with it", async () => {
    const store = createMemoryStore();
    const harness = createHarness({ policy, store });
    const { engine } = harness;
    const { token, key } = await allowed(harness);
    const { verification, secret } = await enroll(harness, token);
    expect(verification).not.toHaveProperty("accessToken");
    harness.clock.advance(30_000);
    await expect(engine.challenges.send(token, MAIL)).rejects.toMatchObject({ reason: "challenge_not_open" });
    await expect(engine.challenges.verify(token, APP, codeAt(secret, harness.clock.now()))).rejects.toMatchObject({
      reason: "challenge_not_open",
    });
    expect(await engine.validateChallenge({ ...key, token }, never)).toMatchObject({ isValid: false, state: "ALLOW" });
    expect(await engine.passkeySignIn.validate({ token, action: key.action })).toMatchObject({ isValid: false });

    // Even if the action becomes a challenge, as a backend may have it that moves any state to any other.
    const move = (from: "ALLOW" | "CHALLENGE_REQUIRED", to: "CHALLENGE_REQUIRED" | "CHALLENGE_SUCCEEDED") =>
      store.transition(
        { key, from, to, at: harness.clock.now() },
        { type: "action.transitioned", at: harness.clock.now() },
      );
    await move("ALLOW", "CHALLENGE_REQUIRED");
    await expect(engine.challenges.verify(token, APP, codeAt(secret, harness.clock.now()))).rejects.toMatchObject({
      reason: "challenge_not_open",
    });
    await move("CHALLENGE_REQUIRED", "CHALLENGE_SUCCEEDED");
    expect(await engine.validateChallenge({ ...key, token }, never)).toMatchObject({ isValid: false });
    await expect(engine.challenges.enroll(token, APP, {})).rejects.toMatchObject({
      reason: "factor_change_forbidden",
    });
  });
});
