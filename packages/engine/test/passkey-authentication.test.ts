import { generateKeyPairSync } from "node:crypto";
import { codeAt, otherThan } from "@require-action-test/support/codes";
import { createMemoryStore, type Store } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { enrollApp, minute, remote, track } from "./harness.ts";
import {
  askForPasskey,
  createPasskeyHarness,
  enrollPasskey,
  lastReason,
  origin,
  PASSKEY,
  type PasskeyHarness,
  resultByPasskey,
  rpId,
} from "./passkey-harness.ts";
import { type Ceremony, createSoftwareAuthenticator, flag } from "@require-action-test/support/software-authenticator";

const refused = { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };
const present = flag.up | flag.uv;

/** Answers a fresh challenge with a ceremony that differs from an honest one. */
async function use(harness: PasskeyHarness, ceremony: Ceremony): Promise<unknown> {
  const passkey = await enrollPasskey(harness, "alice");
  const { token, options } = await askForPasskey(harness, "alice");
  return harness.engine.challenges.verify(token, PASSKEY, passkey.get(options, ceremony));
}

const der =
  (change: (bytes: Buffer) => Buffer) =>
  (text: string): string =>
    change(Buffer.from(text, "base64url")).toString("base64url");

/** The same bytes in another text: with bits at the end that stand for none. */
function withMoreBits(text: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = letters.indexOf(text.at(-1)!);
  return text.length % 4 === 0 ? `${text}A` : `${text.slice(0, -1)}${letters[last + 1]}`;
}

describe("a challenge by passkey", () => {
  it("asks for the user's passkeys, with their verification", async () => {
    const harness = createPasskeyHarness();
    const { id } = await enrollPasskey(harness, "alice");
    const { options } = await askForPasskey(harness, "alice");
    expect(options).toEqual({
      rpId,
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      timeout: 5 * minute,
      allowCredentials: [{ id, type: "public-key", transports: ["internal"] }],
      userVerification: "required",
    });
  });

  it("is completed by the user's passkey", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token, key, options } = await askForPasskey(harness, "alice");
    const verification = await harness.engine.challenges.verify(token, PASSKEY, passkey.get(options));
    expect(verification).toMatchObject({ isVerified: true, userId: "alice" });
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: PASSKEY,
    });
    const validated = await harness.engine.validateChallenge(
      { token: verification.accessToken ?? "", userId: "alice", action: key.action },
      { signal: new AbortController().signal },
    );
    expect(validated).toMatchObject({ isValid: true, verificationMethod: PASSKEY });
  });

  it("is completed by whichever passkey the user takes", async () => {
    const harness = createPasskeyHarness();
    const first = await enrollPasskey(harness, "alice");
    const second = await enrollPasskey(harness, "alice", await resultByPasskey(harness, first, "alice"));
    for (const passkey of [first, second]) {
      const { token, options } = await askForPasskey(harness, "alice");
      await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).resolves.toMatchObject({
        isVerified: true,
      });
    }
  });

  it("asks anew for each action, and the question before for the same action is void", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    const again = await harness.engine.challenges.send(token, PASSKEY);
    expect(again.options?.challenge).not.toBe(options.challenge);
    await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).resolves.toEqual(refused);
  });

  it("is recorded as asked, of no passkey in particular", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    await askForPasskey(harness, "alice");
    const sent = harness.events.findLast(({ type }) => type === "challenge.sent");
    expect(sent).toMatchObject({ userId: "alice", verificationMethod: PASSKEY });
    expect(sent).not.toHaveProperty("userAuthenticatorId");
  });

  it("is completed from an Android application, and from a related origin, that the options name", async () => {
    const android = `android:apk-key-hash:${"k".repeat(43)}`;
    const related = "https://bank.co.nz";
    const passkeys = { rpId, origins: [origin, android], relatedOrigins: [related] };
    const harness = createPasskeyHarness({ passkeys });
    expect(harness.engine.relatedOrigins).toEqual([related]);
    for (const from of [android, related]) {
      await expect(use(createPasskeyHarness({ passkeys }), { origin: from })).resolves.toMatchObject({
        isVerified: true,
      });
    }
    for (const from of [`android:apk-key-hash:${"l".repeat(43)}`, "https://bank.co.uk", "null"]) {
      await expect(use(createPasskeyHarness({ passkeys }), { origin: from })).resolves.toEqual(refused);
    }
  });

  it("asks as often as a page is opened", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    const { token } = await askForPasskey(harness, "alice");
    for (let time = 0; time < 30; time++) await harness.engine.challenges.send(token, PASSKEY);
  });
});

// https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion, by its steps.
describe("T30: WebAuthn 7.2", () => {
  it.each<[step: string, ceremony: Ceremony, reason: string]>([
    ["6: a user handle of another user", { userHandle: "bWFsbG9yeQ" }, "user_handle_wrong"],
    [
      "7: the key of another passkey",
      { key: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey },
      "signature_wrong",
    ],
    ["10: the ceremony of a registration", { type: "webauthn.create" }, "ceremony_wrong"],
    [
      "11: a challenge of the client's own",
      { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
      "challenge_wrong",
    ],
    ["11: an empty challenge", { challenge: "" }, "challenge_wrong"],
    ["12: another origin", { origin: "https://bank.example.evil" }, "origin_wrong"],
    ["12: a sibling of the origin", { origin: "https://blog.bank.example" }, "origin_wrong"],
    ["12: the origin without TLS", { origin: "http://www.bank.example" }, "origin_wrong"],
    ["12: the origin on another port", { origin: `${origin}:8443` }, "origin_wrong"],
    ["12: the origin in capitals", { origin: origin.toUpperCase() }, "origin_wrong"],
    ["15: another relying party", { rpId: "evil.example" }, "assertion_wrong"],
    ["15: a subdomain as relying party", { rpId: "www.bank.example" }, "assertion_wrong"],
    ["16: no user present", { flags: flag.uv }, "assertion_wrong"],
    ["17: a user not verified", { flags: flag.up }, "assertion_wrong"],
    ["18: backed up, yet not eligible", { flags: present | flag.bs }, "assertion_wrong"],
    ["19: eligible for backup all of a sudden", { flags: present | flag.be }, "backup_eligibility_changed"],
    ["20: client data that was not signed", { tamper: "clientData" }, "signature_wrong"],
    ["21: authenticator data that was not signed", { tamper: "authenticatorData" }, "signature_wrong"],
    ["21: a signature with one bit changed", { tamper: "signature" }, "signature_wrong"],
  ])("refuses, by step %s", async (_step, ceremony, reason) => {
    const harness = createPasskeyHarness();
    await expect(use(harness, ceremony)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe(reason);
  });

  it.each<[how: string, change: (text: string) => string]>([
    ["in BER", der((bytes) => Buffer.concat([Buffer.from([0x30, 0x81]), bytes.subarray(1)]))],
    ["in BER", der((bytes) => Buffer.concat([Buffer.from([0x30, 0x80]), bytes.subarray(2), Buffer.alloc(2)]))],
    ["with more behind it", der((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]))],
  ])("T70: refuses, by step 21, a signature that others cannot verify: %s", async (_how, change) => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    const answer = passkey.get(options) as { response: { signature: string } };
    answer.response.signature = change(answer.response.signature);
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("signature_wrong");
  });

  it.each(["authenticatorData", "clientDataJSON", "signature"] as const)(
    "T70: takes no other text for the bytes of %s than browsers have",
    async (part) => {
      const harness = createPasskeyHarness();
      const passkey = await enrollPasskey(harness, "alice");
      const { token, options } = await askForPasskey(harness, "alice");
      const answer = passkey.get(options) as { response: Record<string, string> };
      answer.response[part] = withMoreBits(answer.response[part]!);
      await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).rejects.toMatchObject({ status: 400 });
    },
  );

  it("refuses, by step 19, a passkey that was eligible for backup and is not any more", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const { options } = await harness.engine.challenges.enroll(token, PASSKEY, {});
    const synced = harness.authenticator.create(options, { flags: present | flag.be | flag.bs });
    await harness.engine.challenges.verify(token, PASSKEY, synced.response);
    const asked = await askForPasskey(harness, "alice");
    const answer = synced.passkey.get(asked.options, { flags: present });
    await expect(harness.engine.challenges.verify(asked.token, PASSKEY, answer)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("backup_eligibility_changed");
  });

  it("refuses, by step 5, a passkey that was not among those asked for", async () => {
    const harness = createPasskeyHarness();
    const first = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    const result = await resultByPasskey(harness, first, "alice");
    harness.clock.advance(1);
    const later = await enrollPasskey(harness, "alice", result);
    await expect(harness.engine.challenges.verify(token, PASSKEY, later.get(options))).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("credential_not_asked_for");
  });

  it("refuses, by step 6, the passkey of another user, and uses the challenge up", async () => {
    const harness = createPasskeyHarness();
    const own = await enrollPasskey(harness, "alice");
    const stranger = await enrollPasskey(harness, "mallory");
    const { token, options } = await askForPasskey(harness, "alice");
    await expect(harness.engine.challenges.verify(token, PASSKEY, stranger.get(options))).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("credential_unknown");
    await expect(harness.engine.challenges.verify(token, PASSKEY, own.get(options))).resolves.toEqual(refused);
  });

  it("refuses, by step 6, the passkey of another user, though nothing was asked", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    const stranger = await enrollPasskey(harness, "mallory");
    const { token } = await track(harness.engine, "alice");
    const answer = stranger.get({ challenge: "AAAA" });
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("credential_unknown");
  });

  it("refuses, by step 6, another user's signature under the user's own credential id", async () => {
    const harness = createPasskeyHarness();
    const own = await enrollPasskey(harness, "alice");
    const stranger = await enrollPasskey(harness, "mallory");
    const { token, options } = await askForPasskey(harness, "alice");
    const answer = stranger.get(options, { id: own.id, userHandle: null });
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toEqual(refused);
  });

  it("accepts, by step 6, an answer without a user handle, as the user is known", async () => {
    await expect(use(createPasskeyHarness(), { userHandle: null })).resolves.toMatchObject({ isVerified: true });
  });

  it("refuses, by step 11, the challenge of another action of the same user", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const small = await askForPasskey(harness, "alice", "change-limit");
    const large = await askForPasskey(harness, "alice");
    const answer = passkey.get(small.options);
    await expect(harness.engine.challenges.verify(large.token, PASSKEY, answer)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("challenge_wrong");
  });

  it("refuses, by step 11, the challenge of another user", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    await enrollPasskey(harness, "mallory");
    const theirs = await askForPasskey(harness, "mallory");
    const { token } = await askForPasskey(harness, "alice");
    const answer = passkey.get(theirs.options);
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toEqual(refused);
  });

  it("refuses, by step 11, a challenge that was never asked", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const answer = passkey.get({ challenge: "AAAA" });
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("answer_used");
  });

  it("refuses, by step 11, a challenge that has ended", async () => {
    const harness = createPasskeyHarness({ limits: { challengeTokenLifetimeMs: 10 * minute } });
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    harness.clock.advance(5 * minute);
    await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).resolves.toEqual(refused);
  });

  it("refuses, by step 22, a count that does not go up, and tells the audit trail of a possible copy", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (const [signCount, isVerified] of [
      [7, true],
      [7, false],
      [6, false],
      [0, false],
      [8, true],
    ] as const) {
      const { token, options } = await askForPasskey(harness, "alice");
      const answer = passkey.get(options, { signCount });
      await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toMatchObject({ isVerified });
    }
    const { items } = await harness.engine.audit.query({ userId: "alice" });
    const regressed = items.filter(({ reason }) => reason === "counter_regressed");
    expect(regressed).toHaveLength(3);
    expect(regressed[0]).toMatchObject({ type: "challenge.refused", userAuthenticatorId: expect.any(String) });
  });

  it("accepts, by step 22, an authenticator that does not count", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (let time = 0; time < 2; time++) {
      const { token, options } = await askForPasskey(harness, "alice");
      const answer = passkey.get(options, { signCount: 0 });
      await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toMatchObject({
        isVerified: true,
      });
    }
  });

  it("keeps, by step 25, the new count and backup state of a right answer, and nothing of a wrong one", async () => {
    const store = createMemoryStore();
    const harness = createPasskeyHarness({ store });
    const { token } = await track(harness.engine, "alice");
    const { options } = await harness.engine.challenges.enroll(token, PASSKEY, {});
    const { response, passkey } = harness.authenticator.create(options, { flags: present | flag.be });
    await harness.engine.challenges.verify(token, PASSKEY, response);
    const kept = async (): Promise<unknown> => (await store.findCredential(passkey.id))?.credential;
    await expect(kept()).resolves.toMatchObject({ signCount: 0, backedUp: false });

    const wrong = await askForPasskey(harness, "alice");
    const flags = present | flag.be | flag.bs;
    const tampered = passkey.get(wrong.options, { signCount: 9, flags, tamper: "signature" });
    await harness.engine.challenges.verify(wrong.token, PASSKEY, tampered);
    await expect(kept()).resolves.toMatchObject({ signCount: 0, backedUp: false });

    const right = await askForPasskey(harness, "alice");
    await harness.engine.challenges.verify(right.token, PASSKEY, passkey.get(right.options, { signCount: 9, flags }));
    await expect(kept()).resolves.toMatchObject({ signCount: 9, backedUp: true, backupEligible: true });
  });
});

describe("T31: what SimpleWebAuthn leaves to us", () => {
  it.each<[name: string, ceremony: Ceremony]>([
    ["in a frame of another site", { crossOrigin: true }],
    ["in a frame of a site that it names", { crossOrigin: true, topOrigin: "https://evil.example" }],
    ["that names a page around it, but no frame", { topOrigin: "https://app.example" }],
  ])("refuses a use %s", async (_name, ceremony) => {
    const harness = createPasskeyHarness();
    await expect(use(harness, ceremony)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("cross_origin");
  });

  it.each<[ceremony: Ceremony, isVerified: boolean]>([
    [{ crossOrigin: true, topOrigin: "https://app.example" }, true],
    // Safari does not name the page around the frame.
    [{ crossOrigin: true }, true],
    [{ crossOrigin: false }, true],
    [{ crossOrigin: true, topOrigin: "https://evil.example" }, false],
    [{ crossOrigin: true, topOrigin: "https://app.example.evil" }, false],
    [{ crossOrigin: false, topOrigin: "https://app.example" }, false],
  ])("with topOrigins, a use with %j is verified: %s", async (ceremony, isVerified) => {
    const harness = createPasskeyHarness({
      passkeys: { rpId, origins: [origin], topOrigins: ["https://app.example"] },
    });
    await expect(use(harness, ceremony)).resolves.toMatchObject({ isVerified });
  });

  it("accepts an answer once", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice", "change-limit");
    const answer = passkey.get(options);
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toMatchObject({ isVerified: true });
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).rejects.toMatchObject({
      reason: "challenge_not_open",
    });
  });

  it("accepts an answer once of 50 at once", async () => {
    const harness = createPasskeyHarness({ store: remote() });
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    const answer = passkey.get(options, { signCount: 0 });
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, () => harness.engine.challenges.verify(token, PASSKEY, answer)),
    );
    expect(answers.filter((one) => one.status === "fulfilled" && one.value.isVerified)).toHaveLength(1);
    // One for the enrolment.
    expect(harness.events.filter(({ type }) => type === "challenge.verified")).toHaveLength(2);
  });

  it("refuses an answer whose challenge another answer has just taken", async () => {
    const store = createMemoryStore();
    let isTaken = false;
    const takeChallenge: Store["takeChallenge"] = async (record) => (isTaken ? false : store.takeChallenge(record));
    const harness = createPasskeyHarness({ store: { ...store, takeChallenge } });
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    isTaken = true;
    await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("answer_used");
  });

  it("uses the challenge up on failure too: the right answer after a wrong one is too late", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    const right = passkey.get(options);
    const wrong = passkey.get(options, { tamper: "signature" });
    await expect(harness.engine.challenges.verify(token, PASSKEY, wrong)).resolves.toEqual(refused);
    await expect(harness.engine.challenges.verify(token, PASSKEY, right)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("answer_used");
  });

  it("does not take the answer to a challenge for the one to an enrolment, or the other way round", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    const { response } = harness.authenticator.create({ challenge: options.challenge });
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).rejects.toMatchObject({
      reason: "authenticator_missing",
    });
    await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).resolves.toMatchObject({
      isVerified: true,
    });
  });
});

describe("the count of wrong passkeys", () => {
  async function fail(harness: PasskeyHarness, passkey: Awaited<ReturnType<typeof enrollPasskey>>): Promise<unknown> {
    const { token, options } = await askForPasskey(harness, "alice");
    return harness.engine.challenges.verify(token, PASSKEY, passkey.get(options, { tamper: "signature" }));
  }

  it("T20: ends after five, over actions and challenges", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (let guess = 0; guess < 5; guess++) await expect(fail(harness, passkey)).resolves.toEqual(refused);
    await expect(fail(harness, passkey)).rejects.toMatchObject({ reason: "too_many_attempts", status: 429 });
    const { token, options } = await askForPasskey(harness, "alice");
    await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).rejects.toMatchObject({
      reason: "too_many_attempts",
    });
  });

  it("begins anew after a right answer", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (let guess = 0; guess < 4; guess++) await fail(harness, passkey);
    await resultByPasskey(harness, passkey, "alice");
    for (let guess = 0; guess < 4; guess++) await expect(fail(harness, passkey)).resolves.toEqual(refused);
  });

  it("T23: locks this authenticator only: a locked passkey leaves another one usable", async () => {
    const harness = createPasskeyHarness();
    const lost = await enrollPasskey(harness, "alice");
    const kept = await enrollPasskey(harness, "alice", await resultByPasskey(harness, lost, "alice"));
    for (let guess = 0; guess < 5; guess++) await fail(harness, lost);
    await expect(fail(harness, lost)).rejects.toMatchObject({ reason: "too_many_attempts" });
    await expect(resultByPasskey(harness, kept, "alice")).resolves.not.toBe("");
  });

  it("T23: locks this authenticator only: a locked app leaves the passkey usable", async () => {
    const harness = createPasskeyHarness();
    const shared = await enrollApp(harness, "alice");
    const { token: open } = await track(harness.engine, "alice", "withdraw-funds", { scope: "add:authenticators" });
    const passkey = await enrollPasskey(harness, "alice", open);
    const { token } = await track(harness.engine, "alice");
    const wrong = otherThan(codeAt(shared, harness.clock.now()));
    for (let guess = 0; guess < 5; guess++) await harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", wrong);
    await expect(harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", wrong)).rejects.toMatchObject({
      reason: "too_many_attempts",
    });
    await expect(resultByPasskey(harness, passkey, "alice")).resolves.not.toBe("");
  });

  it.each([
    undefined,
    null,
    "123456",
    [],
    {},
    { id: "AAAA" },
    {
      id: "AAAA",
      rawId: "AAAA",
      type: "password",
      response: { clientDataJSON: "AA", authenticatorData: "AA", signature: "AA" },
    },
    {
      id: "AA==",
      rawId: "AA==",
      type: "public-key",
      response: { clientDataJSON: "AA", authenticatorData: "AA", signature: "AA" },
    },
    {
      id: "A".repeat(1365),
      rawId: "A",
      type: "public-key",
      response: { clientDataJSON: "AA", authenticatorData: "AA", signature: "AA" },
    },
    {
      id: "AAAA",
      rawId: "AAAA",
      type: "public-key",
      response: { clientDataJSON: "AA", authenticatorData: "AA", signature: 1 },
    },
  ])("refuses what is no answer at all, before it counts: %j", async (response) => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice");
    for (let again = 0; again < 6; again++) {
      await expect(harness.engine.challenges.verify(token, PASSKEY, response)).rejects.toMatchObject({ status: 400 });
    }
    await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).resolves.toMatchObject({
      isVerified: true,
    });
  });
});

describe("T17: an action that accepts passkeys only", () => {
  it("takes no app", async () => {
    const harness = createPasskeyHarness();
    const shared = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice", "change-limit");
    const code = codeAt(shared, harness.clock.now());
    await expect(harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", code)).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
  });

  it("takes no passkey of another site's authenticator", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    const { token, options } = await askForPasskey(harness, "alice", "change-limit");
    const elsewhere = createSoftwareAuthenticator({ rpId: "evil.example", origin: "https://evil.example" });
    const { passkey } = elsewhere.create({ challenge: "AAAA" });
    await expect(harness.engine.challenges.verify(token, PASSKEY, passkey.get(options))).resolves.toEqual(refused);
  });
});
