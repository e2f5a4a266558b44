import { createHash, type KeyObject, verify } from "node:crypto";
import { codeAt } from "@require-action-test/support/codes";
import type { ApprovalRecord } from "@require-action/engine/receipts";
import { describe, expect, it } from "vitest";
import { enrollApp, never, track } from "./harness.ts";
import { createPasskeyHarness, enrollPasskey, origin, PASSKEY, policy, rpId } from "./passkey-harness.ts";

const bound = { amount: "100.00", payee: "bob" };
const ids = { userId: "alice", action: "withdraw-funds" };

/** What anybody can verify with the user's public key, the rules of WebAuthn, and nothing of ours. */
function isSigned({ statement, nonce, assertion }: ApprovalRecord, publicKey: KeyObject): boolean {
  if (assertion === undefined) return false;
  const digest = createHash("sha256")
    .update("require-action/approve/1\0")
    .update(statement)
    .update(Buffer.from(nonce, "base64url"))
    .digest("base64url");
  const clientData = Buffer.from(assertion.clientDataJSON, "base64url");
  const authenticatorData = Buffer.from(assertion.authenticatorData, "base64url");
  const said = JSON.parse(clientData.toString()) as Readonly<Record<string, unknown>>;
  const signed = Buffer.concat([authenticatorData, createHash("sha256").update(clientData).digest()]);
  return (
    said["type"] === "webauthn.get" &&
    said["challenge"] === digest &&
    said["origin"] === origin &&
    authenticatorData.subarray(0, 32).equals(createHash("sha256").update(rpId).digest()) &&
    (authenticatorData[32]! & 0x05) === 0x05 &&
    verify("sha256", signed, publicKey, Buffer.from(assertion.signature, "base64url"))
  );
}

async function approve(shown?: { readonly locale: string; readonly text: string }) {
  const harness = createPasskeyHarness();
  const { engine } = harness;
  const passkey = await enrollPasskey(harness, "alice");
  const { token, key } = await track(engine, "alice", "withdraw-funds", { custom: bound });
  const { options } = await engine.challenges.send(token, PASSKEY, shown && { shown });
  const challenge = options?.challenge ?? "";
  await engine.challenges.verify(token, PASSKEY, passkey.get({ challenge }));
  const { approval } = (await engine.actions.find(key)) ?? {};
  if (approval === undefined) throw new Error("The action has no approval.");
  return { engine, key, passkey, challenge, approval };
}

describe("T67: an approval by passkey", () => {
  it("is the user's signature over what was bound, verified with node:crypto alone", async () => {
    const { engine, key, passkey, challenge, approval } = await approve();
    expect(JSON.parse(approval.statement)).toEqual({
      v: 1,
      iss: "https://bank.example",
      action: "withdraw-funds",
      user: "alice",
      key: createHash("sha256").update(key.idempotencyKey).digest("base64url"),
      bound,
      policyVersion: engine.policyVersion(),
    });
    expect(approval.digest).toBe(challenge);
    expect(approval.assertion?.credentialId).toBe(passkey.id);
    expect(isSigned(approval, passkey.publicKey)).toBe(true);
  });

  it("catches an operator who rewrites the amount, with every key that the engine has", async () => {
    const { passkey, approval } = await approve();
    const rewritten = { ...approval, statement: approval.statement.replace("100.00", "900.00") };
    expect(isSigned(rewritten, passkey.publicKey)).toBe(false);
    // And what the browser said, to go with it.
    const digest = createHash("sha256")
      .update(`require-action/approve/1\0${rewritten.statement}`)
      .update(Buffer.from(approval.nonce, "base64url"))
      .digest("base64url");
    const said = Buffer.from(approval.assertion!.clientDataJSON, "base64url").toString();
    const clientDataJSON = Buffer.from(said.replace(approval.digest, digest)).toString("base64url");
    const forged = { ...rewritten, digest, assertion: { ...approval.assertion!, clientDataJSON } };
    expect(isSigned(forged, passkey.publicKey)).toBe(false);
  });

  it.each([
    ["alice", "mallory"],
    ["withdraw-funds", "close-account"],
    ["bob", "eve"],
    ["https://bank.example", "https://x.example"],
  ])("covers %s", async (from, to) => {
    const { passkey, approval } = await approve();
    expect(approval.statement).toContain(`"${from}"`);
    const rewritten = { ...approval, statement: approval.statement.replace(`"${from}"`, `"${to}"`) };
    expect(isSigned(rewritten, passkey.publicKey)).toBe(false);
  });

  it("covers the text that a page has shown, and its language", async () => {
    const shown = { locale: "de", text: "Auszahlung\nBetrag: 100,00 €" };
    const { passkey, approval } = await approve(shown);
    expect(JSON.parse(approval.statement)).toMatchObject({
      locale: "de",
      displayHash: createHash("sha256").update(shown.text).digest("base64url"),
    });
    expect(approval.shownText).toBe(shown.text);
    expect(isSigned(approval, passkey.publicKey)).toBe(true);
  });

  it("T30: is about another digest at each try", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { custom: bound });
    const challenges = new Set<string | undefined>();
    for (let time = 0; time < 5; time++) {
      challenges.add((await harness.engine.challenges.send(token, PASSKEY)).options?.challenge);
    }
    expect(challenges.size).toBe(5);
  });

  it("of a sign-in names no user, as the passkey does that, and the key of the action that it completes", async () => {
    const harness = createPasskeyHarness();
    const { engine } = harness;
    const passkey = await enrollPasskey(harness, "alice");
    for (const given of [undefined, "key-of-a-sign-in"]) {
      const action = given === undefined ? "sign-in" : "withdraw-funds";
      if (given !== undefined) {
        const attributes = { idempotencyKey: given, custom: bound };
        await engine.track({ ...ids, attributes, boundFields: Object.keys(bound) }, never);
      }
      const { challengeId } = engine.passkeySignIn.begin(action, given);
      const { options } = engine.passkeySignIn.options(challengeId);
      const response = passkey.get({ challenge: options?.challenge ?? "" });
      await engine.passkeySignIn.complete(challengeId, response);
      const { items } = await engine.actions.query({ codes: [action] });
      const approval = items.find(({ state }) => state === "CHALLENGE_SUCCEEDED")?.approval;
      const key = given === undefined ? {} : { key: createHash("sha256").update(given).digest("base64url") };
      expect(JSON.parse(approval!.statement)).toEqual({ v: 1, iss: "https://bank.example", action, ...key });
      expect(isSigned(approval!, passkey.publicKey)).toBe(true);
    }
  });
});

describe("T67: an approval that no device has signed", () => {
  it("by code is the engine's word about the same statement", async () => {
    const harness = createPasskeyHarness();
    const { engine, clock } = harness;
    const secret = await enrollApp(harness, "alice");
    const { token, key } = await track(engine, "alice", "withdraw-funds", { custom: bound });
    await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(secret, clock.now()));
    const { approval } = (await engine.actions.find(key)) ?? {};
    expect(approval).not.toHaveProperty("assertion");
    expect(JSON.parse(approval!.statement)).toMatchObject({ user: "alice", bound });
  });

  it("by a first passkey is the engine's word, as a registration without attestation signs nothing", async () => {
    const harness = createPasskeyHarness();
    const { token, key } = await track(harness.engine, "alice", "withdraw-funds", { custom: bound });
    await enrollPasskey(harness, "alice", token);
    const action = await harness.engine.actions.find(key);
    expect(action).toMatchObject({ state: "CHALLENGE_SUCCEEDED", verificationMethod: PASSKEY });
    expect(action?.approval).not.toHaveProperty("assertion");
  });

  it("by a reviewer is the engine's word", async () => {
    const { engine } = createPasskeyHarness();
    const { key } = await track(engine, "alice", "close-account", { custom: { payee: "bob" } });
    const { approval } = await engine.reviews.approve(key, { reviewer: "rita" });
    expect(JSON.parse(approval!.statement)).toMatchObject({ user: "alice", bound: { payee: "bob" } });
    expect(approval).not.toHaveProperty("assertion");
  });

  it("is none where there is none: refused, allowed and open actions have no approval", async () => {
    const { engine } = createPasskeyHarness({ policy });
    const { key } = await track(engine, "alice", "close-account");
    await engine.reviews.reject(key, { reviewer: "rita" });
    await track(engine, "alice", "sign-in");
    await track(engine, "alice");
    for (const action of (await engine.actions.query()).items) expect(action).not.toHaveProperty("approval");
  });

  it("T70: has a number as every store gives it back", async () => {
    const { engine } = createPasskeyHarness();
    const { key } = await track(engine, "alice", "close-account", { custom: { rate: -0 } });
    expect(JSON.stringify((await engine.actions.find(key))?.attributes.custom)).toBe('{"rate":0}');
    const { approval } = await engine.reviews.approve(key, { reviewer: "rita" });
    expect(JSON.parse(approval!.statement)).toMatchObject({ bound: { rate: 0 } });
  });

  it("has numbers that languages write in different ways as text", async () => {
    const { engine } = createPasskeyHarness();
    const { key } = await track(engine, "alice", "close-account", { custom: { rate: 1e-7, payee: "bob" } });
    const { approval } = await engine.reviews.approve(key, { reviewer: "rita" });
    expect(JSON.parse(approval!.statement)).toMatchObject({ bound: { rate: "1e-7", payee: "bob" } });
  });
});
