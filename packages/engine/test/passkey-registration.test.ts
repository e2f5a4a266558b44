import { randomBytes } from "node:crypto";
import { codeAt } from "@require-action-test/support/codes";
import { createMemoryStore } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { enrollApp, lastCode, minute, remote, track } from "./harness.ts";
import {
  askForPasskey,
  creationOptions,
  createPasskeyHarness,
  enrollPasskey,
  lastReason,
  origin,
  PASSKEY,
  resultByPasskey,
  rpId,
} from "./passkey-harness.ts";
import { type CreationCeremony, flag } from "@require-action-test/support/software-authenticator";

const refused = { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };
const forbidden = { reason: "factor_change_forbidden", status: 403 };
const present = flag.up | flag.uv;

describe("the options of a new passkey", () => {
  it("ask for one that is found without a name, proves its user, and tells nothing about the authenticator", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { username: "alice@mail.example" });
    const reply = await harness.engine.challenges.enroll(token, PASSKEY, {});
    expect(reply).toEqual({
      userId: "alice",
      userAuthenticatorId: expect.any(String),
      challengeId: expect.any(String),
      options: {
        rp: { id: rpId, name: rpId },
        user: {
          id: expect.stringMatching(/^[\w-]{43}$/),
          name: "alice@mail.example",
          displayName: "alice@mail.example",
        },
        challenge: expect.stringMatching(/^[\w-]{43}$/),
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })),
        timeout: 5 * minute,
        excludeCredentials: [],
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
        extensions: { credProps: true },
      },
    });
  });

  it("take names and the kind of authenticator from the client, as its user alone will see them", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const { options } = await harness.engine.challenges.enroll(token, PASSKEY, {
      username: "Alice at work",
      displayName: "Alice",
      authenticatorAttachment: "cross-platform",
    });
    expect(options).toMatchObject({
      user: { name: "Alice at work", displayName: "Alice" },
      authenticatorSelection: { authenticatorAttachment: "cross-platform" },
    });
    await expect(harness.engine.users.find("alice")).resolves.toBeUndefined();
  });

  it.each([{ username: "" }, { username: 1 }, { displayName: "a\u0000b" }, { authenticatorAttachment: "any" }])(
    "are not made from %j",
    async (input) => {
      const harness = createPasskeyHarness();
      const { token } = await track(harness.engine, "alice");
      await expect(harness.engine.challenges.enroll(token, PASSKEY, input)).rejects.toMatchObject({
        reason: "request_invalid",
      });
    },
  );

  it("leave out the passkeys that there are, and name the user as they do, under other secrets too", async () => {
    const store = createMemoryStore();
    const harness = createPasskeyHarness({ store });
    const { token } = await track(harness.engine, "alice");
    const first = (await creationOptions(harness, token))?.user?.id;
    const passkey = await enrollPasskey(harness, "alice", token);
    const rotated = createPasskeyHarness({
      store,
      secrets: ["another engine secret, 32 bytes and more", "an engine secret for tests, 32 bytes long"],
    });
    const result = await resultByPasskey(harness, passkey, "alice");
    const { options } = await rotated.engine.challenges.enroll(result, PASSKEY, {});
    expect(options).toMatchObject({
      user: { id: first },
      excludeCredentials: [{ id: passkey.id, type: "public-key" }],
    });
  });
});

describe("the enrolment of a passkey", () => {
  it("is completed by the browser's answer, and tells what was enrolled", async () => {
    const harness = createPasskeyHarness();
    const { token, key } = await track(harness.engine, "alice");
    const { response, passkey } = harness.authenticator.create(await creationOptions(harness, token));
    const verification = await harness.engine.challenges.verify(token, PASSKEY, response);
    expect(verification).toEqual({
      isVerified: true,
      accessToken: expect.any(String),
      userAuthenticator: {
        userId: "alice",
        userAuthenticatorId: expect.any(String),
        verificationMethod: PASSKEY,
        createdAt: expect.any(String),
        verifiedAt: expect.any(String),
        webauthnCredential: {
          credentialId: passkey.id,
          aaguid: "00000000-0000-0000-0000-000000000000",
          credentialBackedUp: false,
          credentialDeviceType: "singleDevice",
          authenticatorAttachment: "platform",
          verifiedAt: expect.any(String),
        },
      },
    });
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
  });

  it("makes its user enrolled for actions that accept passkeys", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    await expect(track(harness.engine, "alice", "change-limit")).resolves.toMatchObject({ isEnrolled: true });
    await expect(track(harness.engine, "alice", "change-password")).resolves.toMatchObject({ isEnrolled: false });
  });

  it("gives no recovery codes, which are weaker than a passkey", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    await expect(harness.engine.authenticators.list("alice")).resolves.toHaveLength(1);
  });

  it("can be begun again", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const { response } = harness.authenticator.create(await creationOptions(harness, token));
    const again = harness.authenticator.create(await creationOptions(harness, token));
    await expect(harness.engine.challenges.verify(token, PASSKEY, again.response)).resolves.toMatchObject({
      isVerified: true,
    });
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).rejects.toMatchObject(forbiddenOrMissing);
  });

  it("leaves a passkey usable for the challenge while another enrolment is under way", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { scope: "add:authenticators" });
    await creationOptions(harness, token);
    const { options } = await harness.engine.challenges.send(token, PASSKEY);
    const answer = passkey.get(options as { challenge: string });
    await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toMatchObject({
      isVerified: true,
      accessToken: expect.any(String),
    });
  });

  it("leaves a challenge that was asked before it open, and can be completed after that", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { scope: "add:authenticators" });
    const { options } = await harness.engine.challenges.send(token, PASSKEY);
    const { response } = harness.authenticator.create(await creationOptions(harness, token));
    for (const [answer, verified] of [
      [response, { userAuthenticator: { verificationMethod: PASSKEY } }],
      [passkey.get(options as { challenge: string }), { accessToken: expect.any(String) }],
    ] as const) {
      await expect(harness.engine.challenges.verify(token, PASSKEY, answer)).resolves.toMatchObject({
        isVerified: true,
        ...verified,
      });
    }
  });
});

const forbiddenOrMissing = { reason: "authenticator_missing" };

// https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential, by its steps.
describe("T30: WebAuthn 7.1", () => {
  it.each<[step: string, ceremony: CreationCeremony, reason: string]>([
    ["7: the ceremony of an authentication", { type: "webauthn.get" }, "ceremony_wrong"],
    ["8: a challenge of the client's own", { challenge: randomBytes(32).toString("base64url") }, "challenge_wrong"],
    ["9: another origin", { origin: "https://www.bank.example.evil" }, "origin_wrong"],
    ["10: a frame of another site", { crossOrigin: true }, "cross_origin"],
    ["11: a page around it, but no frame", { topOrigin: "https://app.example" }, "cross_origin"],
    ["14: another relying party", { rpId: "evil.example" }, "attestation_wrong"],
    ["15: no user present", { flags: flag.uv }, "attestation_wrong"],
    ["16: a user not verified", { flags: flag.up }, "attestation_wrong"],
    ["17: backed up, yet not eligible", { flags: present | flag.bs }, "attestation_wrong"],
    ["20: a kind of key that was not asked for", { curve: "P-384" }, "attestation_wrong"],
    ["21: a statement of no known format", { fmt: "made-up" }, "attestation_unsupported"],
    ["21: a statement that was not asked for", { fmt: "fido-u2f" }, "attestation_unsupported"],
    [
      "21: a statement with certificates",
      {
        fmt: "packed",
        attStmt: new Map<string, unknown>([
          ["alg", -7],
          ["sig", Buffer.alloc(8)],
          ["x5c", [Buffer.alloc(8)]],
        ]),
      },
      "attestation_unsupported",
    ],
    [
      "22: a self attestation that is not signed",
      {
        fmt: "packed",
        attStmt: new Map<string, unknown>([
          ["alg", -7],
          ["sig", Buffer.alloc(8)],
        ]),
      },
      "attestation_wrong",
    ],
    ["22: no attestation, yet a statement", { attStmt: new Map([["alg", -7]]) }, "attestation_wrong"],
    [
      "24: another id than the authenticator's",
      { attestedId: randomBytes(32).toString("base64url") },
      "attestation_wrong",
    ],
  ])("refuses, by step %s", async (_step, ceremony, reason) => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const { response } = harness.authenticator.create(await creationOptions(harness, token), ceremony);
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe(reason);
    await expect(harness.engine.authenticators.list("alice")).resolves.toEqual([]);
  });

  it("refuses, by step 25, an id that is too long", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const id = randomBytes(1024).toString("base64url");
    const { response } = harness.authenticator.create(await creationOptions(harness, token), { id });
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).rejects.toMatchObject({ status: 400 });
  });

  it("accepts, by step 22, an attestation by the passkey itself, which browsers leave in", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const ceremony = { fmt: "packed", selfAttested: true };
    const { response } = harness.authenticator.create(await creationOptions(harness, token), ceremony);
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it.each<[ceremony: CreationCeremony, isVerified: boolean]>([
    [{ crossOrigin: true, topOrigin: "https://app.example" }, true],
    [{ crossOrigin: true, topOrigin: "https://evil.example" }, false],
    [{ topOrigin: "https://app.example" }, false],
  ])("with topOrigins, steps 10 and 11, a registration with %j is verified: %s", async (ceremony, isVerified) => {
    const harness = createPasskeyHarness({
      passkeys: { rpId, origins: [origin], topOrigins: ["https://app.example"] },
    });
    const { token } = await track(harness.engine, "alice");
    const { response } = harness.authenticator.create(await creationOptions(harness, token), ceremony);
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).resolves.toMatchObject({ isVerified });
  });

  it("refuses, by step 8, an answer that is sent again after a wrong one", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const options = await creationOptions(harness, token);
    const wrong = harness.authenticator.create(options, { flags: flag.up });
    const right = harness.authenticator.create(options);
    await harness.engine.challenges.verify(token, PASSKEY, wrong.response);
    await expect(harness.engine.challenges.verify(token, PASSKEY, right.response)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("answer_used");
  });

  it("refuses, by step 26, a passkey that is somebody's already, and its owner keeps it", async () => {
    const harness = createPasskeyHarness();
    const { id } = await enrollPasskey(harness, "alice");
    const { token } = await track(harness.engine, "mallory");
    const { response } = harness.authenticator.create(await creationOptions(harness, token), { id });
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).rejects.toMatchObject(forbidden);
    await expect(harness.engine.authenticators.list("mallory")).resolves.toEqual([]);
    await expect(harness.engine.authenticators.list("alice")).resolves.toHaveLength(1);
  });

  it("refuses, by step 26, one of two users who enrol the same passkey at once", async () => {
    const harness = createPasskeyHarness({ store: remote() });
    const id = randomBytes(32).toString("base64url");
    const enrolling = ["alice", "mallory"].map(async (userId) => {
      const { token } = await track(harness.engine, userId);
      const { response } = harness.authenticator.create(await creationOptions(harness, token), { id });
      return harness.engine.challenges.verify(token, PASSKEY, response);
    });
    const outcomes = await Promise.allSettled(enrolling);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("takes a passkey that its owner gave up", async () => {
    const harness = createPasskeyHarness();
    const { id } = await enrollPasskey(harness, "alice");
    await harness.engine.users.delete("alice");
    const { token } = await track(harness.engine, "bob");
    const { response } = harness.authenticator.create(await creationOptions(harness, token), { id });
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it("refuses the answer of another user's enrolment", async () => {
    const harness = createPasskeyHarness();
    const mallory = await track(harness.engine, "mallory");
    const { response } = harness.authenticator.create(await creationOptions(harness, mallory.token));
    const { token } = await track(harness.engine, "alice");
    await creationOptions(harness, token);
    await expect(harness.engine.challenges.verify(token, PASSKEY, response)).resolves.toEqual(refused);
  });

  it("T20: ends after five wrong answers, however often the enrolment is begun", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice");
    const attempt = async (): Promise<unknown> => {
      const { response } = harness.authenticator.create(await creationOptions(harness, token), { flags: flag.up });
      return harness.engine.challenges.verify(token, PASSKEY, response);
    };
    for (let guess = 0; guess < 5; guess++) await expect(attempt()).resolves.toEqual(refused);
    await expect(attempt()).rejects.toMatchObject({ reason: "too_many_attempts" });
  });
});

describe("T18: a passkey is not added with a session alone", () => {
  it("refuses a second one under the token of an open challenge", async () => {
    const harness = createPasskeyHarness();
    await enrollPasskey(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    await expect(harness.engine.challenges.enroll(token, PASSKEY, {})).rejects.toMatchObject(forbidden);
  });

  it("refuses one after a challenge by mail, where the user has an app", async () => {
    const harness = createPasskeyHarness();
    await enrollApp(harness, "alice");
    await harness.engine.authenticators.enrollVerified("alice", {
      verificationMethod: "EMAIL_OTP",
      email: "alice@mail.example",
    });
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.send(token, "EMAIL_OTP");
    const { accessToken } = await harness.engine.challenges.verify(token, "EMAIL_OTP", lastCode(harness));
    await expect(harness.engine.challenges.enroll(accessToken, PASSKEY, {})).rejects.toMatchObject(forbidden);
  });

  it("accepts one after a challenge by app, and from then on the app alone changes nothing", async () => {
    const harness = createPasskeyHarness();
    const shared = await enrollApp(harness, "alice");
    const proveByApp = async (): Promise<string | undefined> => {
      const { token } = await track(harness.engine, "alice");
      const code = codeAt(shared, harness.clock.now());
      harness.clock.advance(30_000);
      return (await harness.engine.challenges.verify(token, "AUTHENTICATOR_APP", code)).accessToken;
    };
    const passkey = await enrollPasskey(harness, "alice", await proveByApp());
    const byApp = await proveByApp();
    await expect(harness.engine.challenges.enroll(byApp, PASSKEY, {})).rejects.toMatchObject(forbidden);
    const enrolled = await harness.engine.authenticators.list("alice");
    const userAuthenticatorId =
      enrolled.find(({ verificationMethod }) => verificationMethod === PASSKEY)?.userAuthenticatorId ?? "";
    await expect(harness.engine.challenges.removeAuthenticator(byApp, userAuthenticatorId)).rejects.toMatchObject(
      forbidden,
    );
    const byPasskey = await resultByPasskey(harness, passkey, "alice");
    await harness.engine.challenges.removeAuthenticator(byPasskey, userAuthenticatorId);
    await expect(
      harness.engine.challenges.send((await track(harness.engine, "alice")).token, PASSKEY),
    ).rejects.toMatchObject({
      reason: "authenticator_missing",
    });
  });

  it("refuses the first one where the action does not accept passkeys", async () => {
    const harness = createPasskeyHarness();
    const { token } = await track(harness.engine, "alice", "change-password");
    await expect(harness.engine.challenges.enroll(token, PASSKEY, {})).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
  });

  it("does not complete an enrolment that was begun as the first, when there is another authenticator by then", async () => {
    const harness = createPasskeyHarness();
    const mallory = await track(harness.engine, "alice");
    const { response } = harness.authenticator.create(await creationOptions(harness, mallory.token));
    await enrollApp(harness, "alice");
    await expect(harness.engine.challenges.verify(mallory.token, PASSKEY, response)).rejects.toMatchObject(forbidden);
  });
});

it("refuses to ask for a passkey that the user does not have", async () => {
  const harness = createPasskeyHarness();
  await enrollApp(harness, "alice");
  await expect(askForPasskey(harness, "alice")).rejects.toMatchObject({ reason: "authenticator_missing" });
});
