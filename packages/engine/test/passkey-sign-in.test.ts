import { createMemoryStore, type Store } from "@require-action/engine";
import { describe, expect, it } from "vitest";
import { createHarness, minute, never, remote, secret, track } from "./harness.ts";
import {
  askForPasskey,
  createPasskeyHarness,
  enrollPasskey,
  lastReason,
  PASSKEY,
  type PasskeyHarness,
  policy,
  resultByPasskey,
  rpId,
} from "./passkey-harness.ts";
import type { Ceremony, SoftwarePasskey } from "@require-action-test/support/software-authenticator";

const refused = { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };

interface Begun {
  readonly challengeId: string;
  readonly options: { readonly challenge: string };
}

function begin({ engine }: PasskeyHarness, action = "sign-in"): Begun {
  const { challengeId } = engine.passkeySignIn.begin(action);
  return engine.passkeySignIn.options(challengeId) as Begun;
}

async function signIn(
  harness: PasskeyHarness,
  passkey: SoftwarePasskey,
  { action, ...ceremony }: Ceremony & { readonly action?: string } = {},
): Promise<{ readonly isVerified: boolean; readonly accessToken?: string }> {
  const { challengeId, options } = begin(harness, action);
  return harness.engine.passkeySignIn.complete(challengeId, passkey.get(options, ceremony));
}

describe("sign-in by passkey alone", () => {
  it("asks for any passkey of this site", () => {
    const { options } = begin(createPasskeyHarness());
    expect(options).toEqual({
      rpId,
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      timeout: 5 * minute,
      allowCredentials: [],
      userVerification: "required",
    });
  });

  it("tells who signed in, by an action that was challenged and succeeded", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { challengeId, options } = begin(harness);
    const verification = await harness.engine.passkeySignIn.complete(challengeId, passkey.get(options), {
      deviceId: "device-1",
      userAgent: "Firefox",
    });
    expect(verification).toMatchObject({ isVerified: true, userId: "alice", accessToken: expect.any(String) });
    const token = verification.accessToken ?? "";
    await expect(harness.engine.passkeySignIn.validate({ token, action: "sign-in" })).resolves.toMatchObject({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      userId: "alice",
      verificationMethod: PASSKEY,
    });
    const { items } = await harness.engine.actions.query({ userId: "alice", codes: ["sign-in"] });
    expect(items).toMatchObject([
      {
        outcome: "CHALLENGE",
        state: "CHALLENGE_SUCCEEDED",
        attributes: { deviceId: "device-1", userAgent: "Firefox" },
      },
    ]);
    await expect(harness.engine.users.devices("alice")).resolves.toMatchObject([{ deviceId: "device-1" }]);
  });

  it("gives a token that a backend which knows the user accepts for that user only", async () => {
    const harness = createPasskeyHarness();
    const { accessToken: token = "" } = await signIn(harness, await enrollPasskey(harness, "alice"));
    const validate = (userId: string): Promise<unknown> =>
      harness.engine.validateChallenge({ token, userId, action: "sign-in" }, never);
    await expect(validate("alice")).resolves.toMatchObject({ isValid: true });
    await expect(validate("mallory")).resolves.toMatchObject({ isValid: false });
  });

  it("T2: is not valid for another action, nor with the token of an open challenge", async () => {
    const harness = createPasskeyHarness();
    const { accessToken: token = "" } = await signIn(harness, await enrollPasskey(harness, "alice"));
    await expect(harness.engine.passkeySignIn.validate({ token, action: "withdraw-funds" })).resolves.toEqual({
      isValid: false,
      error: "invalid_token",
    });
    const open = await track(harness.engine, "alice");
    await expect(
      harness.engine.passkeySignIn.validate({ token: open.token, action: "withdraw-funds" }),
    ).resolves.toEqual({ isValid: false, error: "invalid_token" });
    harness.clock.advance(10 * minute);
    await expect(harness.engine.passkeySignIn.validate({ token, action: "sign-in" })).resolves.toEqual({
      isValid: false,
      error: "expired_token",
    });
  });

  it.each<[name: string, ceremony: Ceremony, reason: string]>([
    ["without a user handle, as nobody told who the user is", { userHandle: null }, "user_handle_wrong"],
    ["with another user's handle", { userHandle: "bWFsbG9yeQ" }, "user_handle_wrong"],
    ["with another challenge", { challenge: "AAAA" }, "challenge_wrong"],
    ["from another origin", { origin: "https://bank.example.evil" }, "origin_wrong"],
    ["in a frame of another site", { crossOrigin: true }, "cross_origin"],
    ["for another relying party", { rpId: "evil.example" }, "assertion_wrong"],
    ["without the user's verification", { flags: 1 }, "assertion_wrong"],
    ["with a changed signature", { tamper: "signature" }, "signature_wrong"],
  ])("T30: refuses an answer %s", async (_name, ceremony, reason) => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    await expect(signIn(harness, passkey, ceremony)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe(reason);
    const { items } = await harness.engine.actions.query({ userId: "alice", codes: ["sign-in"] });
    expect(items).toEqual([]);
  });

  it("S13: refuses a passkey that nobody has by a reason of its own, as browser 1.21 needs it to forget it", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    await harness.engine.users.delete("alice");
    await expect(signIn(harness, passkey)).rejects.toMatchObject({ reason: "credential_unknown", status: 400 });
    expect(lastReason(harness)).toBe("credential_unknown");
  });

  it("T31: records a count that does not go up", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    await signIn(harness, passkey, { signCount: 5 });
    await expect(signIn(harness, passkey, { signCount: 5 })).resolves.toEqual(refused);
    const { items } = await harness.engine.audit.query({ userId: "alice" });
    expect(items[0]).toMatchObject({ type: "challenge.refused", reason: "counter_regressed" });
  });
});

describe("sign-in by passkey, with the key of a tracked action", () => {
  /** Completes the action under a key by a passkey, as browser 1.21 does. */
  async function completeTracked(
    { engine }: PasskeyHarness,
    passkey: SoftwarePasskey,
    { action, idempotencyKey }: { readonly action: string; readonly idempotencyKey: string },
  ): Promise<{ readonly accessToken?: string }> {
    const { challengeId, options } = engine.passkeySignIn.begin(action, idempotencyKey) as Begun;
    expect(engine.passkeySignIn.options(challengeId)).toMatchObject({ challengeId, options: { allowCredentials: [] } });
    return engine.passkeySignIn.complete(challengeId, passkey.get(options), { deviceId: "another" });
  }

  it("S6: completes that action, and no other", async () => {
    const harness = createPasskeyHarness();
    const { engine } = harness;
    const passkey = await enrollPasskey(harness, "alice");
    const { key } = await track(engine, "alice", "withdraw-funds", { deviceId: "device-1" });
    const before = (await engine.actions.query({ userId: "alice" })).items.length;
    const { accessToken: token = "" } = await completeTracked(harness, passkey, key);
    expect(await engine.validateChallenge({ ...key, token }, never)).toMatchObject({
      isValid: true,
      idempotencyKey: key.idempotencyKey,
      verificationMethod: PASSKEY,
    });
    expect((await engine.actions.query({ userId: "alice" })).items).toHaveLength(before);
    expect(await engine.users.devices("alice")).toMatchObject([{ deviceId: "device-1" }]);
    await expect(completeTracked(harness, passkey, key)).rejects.toMatchObject({ reason: "challenge_not_open" });
  });

  it("S6, T1: completes nothing of another user's, nor what was never tracked", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    await enrollPasskey(harness, "bob");
    const { key } = await track(harness.engine, "bob");
    const count = async (): Promise<number> => (await harness.engine.actions.query({ userId: "alice" })).items.length;
    const before = await count();
    for (const idempotencyKey of [key.idempotencyKey, "never-tracked"]) {
      await expect(completeTracked(harness, passkey, { ...key, idempotencyKey })).rejects.toMatchObject({
        reason: "challenge_not_open",
      });
    }
    expect(await harness.engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    expect(await count()).toBe(before);
  });

  it("S6: completes nothing that is not open, or does not accept passkeys", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (const action of ["sign-in", "blocked-sign-in"]) {
      const { key, state } = await track(harness.engine, "alice", action);
      expect(state).not.toBe("CHALLENGE_REQUIRED");
      await expect(completeTracked(harness, passkey, key)).rejects.toMatchObject({ reason: "challenge_not_open" });
    }
    expect(() => harness.engine.passkeySignIn.begin("change-password", "key")).toThrow(
      "verification_method_not_allowed",
    );
  });

  it('S6, S4: is refused for a passkey of after the action, with firstFactor: "before"', async () => {
    const actions = { ...policy.actions, "pay-out": { defaultOutcome: "CHALLENGE", firstFactor: "before" } } as const;
    const harness = createPasskeyHarness({ policy: { ...policy, actions } });
    const { key } = await track(harness.engine, "alice", "pay-out");
    const passkey = await enrollPasskey(harness, "alice");
    await expect(completeTracked(harness, passkey, key)).rejects.toMatchObject({ reason: "authenticator_too_new" });
  });

  it("T31: takes the key from the challenge that was begun, and from nowhere else", async () => {
    const harness = createPasskeyHarness();
    const { engine } = harness;
    const passkey = await enrollPasskey(harness, "alice");
    const { key } = await track(engine, "alice");
    const { challengeId, options } = engine.passkeySignIn.begin(key.action) as Begun;
    const text = Buffer.from(key.idempotencyKey).toString("base64url");
    const forged = [`${challengeId}.${text}`, `${challengeId}.`, `${challengeId}.${text}.`, `${challengeId}.!`];
    for (const one of forged) {
      await expect(engine.passkeySignIn.complete(one, passkey.get(options))).rejects.toMatchObject({
        reason: "request_invalid",
      });
    }
    const begun = engine.passkeySignIn.begin(key.action, "x".repeat(256)) as Begun;
    expect(() => engine.passkeySignIn.options(begun.challengeId)).not.toThrow();
    expect(() => engine.passkeySignIn.options(begun.challengeId.slice(0, -1))).toThrow("request_invalid");
    for (const bad of [1, "", "x".repeat(257), {}]) {
      expect(() => engine.passkeySignIn.begin(key.action, bad)).toThrow("request_invalid");
    }
  });
});

describe("the challenge of a sign-in", () => {
  it("T31: is of use once, also after a wrong answer", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { challengeId, options } = begin(harness);
    const right = passkey.get(options);
    const complete = (answer: unknown): Promise<unknown> => harness.engine.passkeySignIn.complete(challengeId, answer);
    await expect(complete(passkey.get(options, { tamper: "signature" }))).resolves.toEqual(refused);
    await expect(complete(right)).resolves.toEqual(refused);
    expect(lastReason(harness)).toBe("answer_used");
  });

  it("T31: is of use once of 50 at once", async () => {
    const harness = createPasskeyHarness({ store: remote() });
    const passkey = await enrollPasskey(harness, "alice");
    const { challengeId, options } = begin(harness);
    const answer = passkey.get(options, { signCount: 0 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => harness.engine.passkeySignIn.complete(challengeId, answer)),
    );
    expect(answers.filter(({ isVerified }) => isVerified)).toHaveLength(1);
  });

  it("T6: does not come back to life at its end", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { challengeId, options } = begin(harness);
    const answer = passkey.get(options, { signCount: 0 });
    await harness.engine.passkeySignIn.complete(challengeId, answer);
    harness.clock.advance(5 * minute - 1);
    await expect(harness.engine.passkeySignIn.complete(challengeId, answer)).resolves.toEqual(refused);
    harness.clock.advance(1);
    await expect(harness.engine.passkeySignIn.complete(challengeId, answer)).rejects.toMatchObject({ status: 400 });
  });

  it("ends after five minutes", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const { challengeId, options } = begin(harness);
    harness.clock.advance(5 * minute);
    expect(() => harness.engine.passkeySignIn.options(challengeId)).toThrow("expired");
    await expect(harness.engine.passkeySignIn.complete(challengeId, passkey.get(options))).rejects.toMatchObject({
      reason: "request_invalid",
    });
  });

  it("T2: belongs to its action", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const small = begin(harness, "sign-in");
    const large = begin(harness, "withdraw-funds");
    const renamed = small.challengeId.replace("sign-in", "withdraw-funds");
    expect(() => harness.engine.passkeySignIn.options(renamed)).toThrow("challengeId");
    await expect(harness.engine.passkeySignIn.complete(large.challengeId, passkey.get(small.options))).resolves.toEqual(
      refused,
    );
  });

  it("T3: belongs to the engine that made it, and outlives the rotation of its secret", async () => {
    const store = createMemoryStore();
    const harness = createPasskeyHarness({ store });
    const passkey = await enrollPasskey(harness, "alice");
    const { challengeId, options } = begin(harness);
    const stranger = createPasskeyHarness({ store, secrets: ["somebody else's secret, 32 bytes or more"] });
    const answer = passkey.get(options);
    await expect(stranger.engine.passkeySignIn.complete(challengeId, answer)).rejects.toMatchObject({ status: 400 });
    const rotated = createPasskeyHarness({ store, secrets: ["the newest engine secret, 32 bytes long", secret] });
    await expect(rotated.engine.passkeySignIn.complete(challengeId, answer)).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it.each([undefined, null, 1, "", "sign-in", "sign-in.9.a.b", "a.b.c.d.e", "....", "x".repeat(5000)])(
    "is refused when it is %j",
    async (challengeId) => {
      const harness = createPasskeyHarness();
      const passkey = await enrollPasskey(harness, "alice");
      const answer = passkey.get(begin(harness).options);
      await expect(harness.engine.passkeySignIn.complete(challengeId, answer)).rejects.toMatchObject({ status: 400 });
    },
  );

  it("is not one of a bearer's challenge", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    const asked = await askForPasskey(harness, "alice");
    const { challengeId } = begin(harness);
    await expect(harness.engine.passkeySignIn.complete(challengeId, passkey.get(asked.options))).resolves.toEqual(
      refused,
    );
  });

  it("costs the store nothing before a passkey is proved to be known", async () => {
    const writes: string[] = [];
    const store = new Proxy(createMemoryStore(), {
      get(target, name) {
        const verb: unknown = Reflect.get(target, name);
        if (typeof verb === "function" && !/^(?:find|list)/.test(String(name))) writes.push(String(name));
        return verb;
      },
    }) satisfies Store;
    const harness = createPasskeyHarness({ store });
    const passkey = await enrollPasskey(harness, "alice");
    writes.length = 0;
    for (let time = 0; time < 10; time++) {
      await expect(signIn(harness, passkey, { id: "AAAA" })).rejects.toMatchObject({ reason: "credential_unknown" });
    }
    expect(writes).toEqual([]);
  });
});

describe("the policy decides a sign-in", () => {
  it.each([
    ["close-account", "REVIEW_REQUIRED"],
    ["blocked-sign-in", "BLOCK"],
  ])("does not let %s past %s", async (action, state) => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    await expect(signIn(harness, passkey, { action })).rejects.toMatchObject({ reason: "challenge_not_open" });
    const { items } = await harness.engine.actions.query({ userId: "alice", codes: [action] });
    expect(items).toMatchObject([{ state }]);
  });

  it("refuses an action that the policy does not know, or that does not accept passkeys, when it begins", () => {
    const { passkeySignIn } = createPasskeyHarness().engine;
    expect(() => passkeySignIn.begin("unheard-of")).toThrow("action_unknown");
    expect(() => passkeySignIn.begin("change-password")).toThrow("verification_method_not_allowed");
    for (const action of [undefined, "", "a b", "../sign-in", ["sign-in"]]) {
      expect(() => passkeySignIn.begin(action)).toThrow("request_invalid");
    }
  });

  it("refuses where a rule leaves no place for passkeys", async () => {
    const harness = createPasskeyHarness({
      policy: {
        ...policy,
        actions: {
          ...policy.actions,
          "sign-in": {
            defaultOutcome: "ALLOW",
            rules: [
              {
                ruleId: "app-only",
                name: "Alice by app",
                priority: 1,
                type: "CHALLENGE",
                conditions: { "==": [{ var: "user.id" }, "alice"] },
                verificationMethods: ["AUTHENTICATOR_APP"],
              },
            ],
          },
        },
      },
    });
    const passkey = await enrollPasskey(harness, "alice");
    await expect(signIn(harness, passkey)).rejects.toMatchObject({ reason: "verification_method_not_allowed" });
  });

  it("refuses an action that needs data points", async () => {
    const harness = createPasskeyHarness({
      policy: {
        ...policy,
        dataPoints: [
          { name: "amount", type: "decimal" },
          { name: "payee", type: "text", optional: true },
        ],
      },
    });
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { custom: { amount: "50" } });
    const passkey = await enrollPasskey(harness, "alice", token);
    await expect(signIn(harness, passkey, { action: "withdraw-funds" })).rejects.toThrow("amount");
  });
});

describe("the count of wrong answers", () => {
  it("T23: is not raised by strangers", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (let guess = 0; guess < 20; guess++) await signIn(harness, passkey, { tamper: "signature" });
    await expect(signIn(harness, passkey)).resolves.toMatchObject({ isVerified: true });
  });

  it("is not raised by right answers to what the policy refuses", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (let time = 0; time < 6; time++) {
      await expect(signIn(harness, passkey, { action: "blocked-sign-in" })).rejects.toMatchObject({
        reason: "challenge_not_open",
      });
    }
    await expect(resultByPasskey(harness, passkey, "alice")).resolves.not.toBe("");
  });

  it("T19: locks this way in too", async () => {
    const harness = createPasskeyHarness();
    const passkey = await enrollPasskey(harness, "alice");
    for (let guess = 0; guess < 5; guess++) {
      const { token, options } = await askForPasskey(harness, "alice");
      await harness.engine.challenges.verify(token, PASSKEY, passkey.get(options, { tamper: "signature" }));
    }
    await expect(signIn(harness, passkey)).rejects.toMatchObject({ reason: "too_many_attempts" });
    const { items } = await harness.engine.audit.query({ userId: "alice" });
    expect(items[0]).toMatchObject({ type: "challenge.refused", reason: "too_many_attempts" });
  });
});

it("T22: what strangers send for a token is told, and fills no trail", async () => {
  const harness = createPasskeyHarness();
  await expect(harness.engine.passkeySignIn.validate({ token: "garbage", action: "sign-in" })).resolves.toEqual({
    isValid: false,
    error: "invalid_token",
  });
  expect(harness.events.at(-1)).toMatchObject({ type: "result.refused", reason: "token_invalid" });
  expect((await harness.engine.audit.query()).items).toEqual([]);
});

describe("finding passkeys", () => {
  it("names the first that can be used, and no other", async () => {
    const harness = createPasskeyHarness();
    const { id } = await enrollPasskey(harness, "alice");
    const find = harness.engine.passkeySignIn.find;
    await expect(find(["AAAA", id])).resolves.toEqual({ credentialId: id, verifiedAt: expect.any(String) });
    await expect(find(["AAAA", ""])).resolves.toBeUndefined();
    await expect(find(Array.from({ length: 21 }, () => id))).rejects.toMatchObject({ status: 400 });
    await harness.engine.users.delete("alice");
    await expect(find([id])).resolves.toBeUndefined();
  });
});

it("is refused by an engine without passkeys", async () => {
  const { passkeySignIn } = createHarness().engine;
  expect(() => passkeySignIn.begin("sign-in")).toThrow("verification_method_unknown");
  expect(() => passkeySignIn.options("x")).toThrow("verification_method_unknown");
  await expect(passkeySignIn.complete("x", {})).rejects.toMatchObject({ reason: "verification_method_unknown" });
  await expect(passkeySignIn.find(["x"])).rejects.toMatchObject({ reason: "verification_method_unknown" });
});
