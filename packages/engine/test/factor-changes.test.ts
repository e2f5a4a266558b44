import { codeAt } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, minute, remote, track } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";
const MAIL = "EMAIL_OTP";
const forbidden = { reason: "factor_change_forbidden", status: 403 };

async function mailReady({ engine }: Harness): Promise<void> {
  await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@mail.example" });
}

/** Completes a challenge by mail; answers with the result token. */
async function resultByMail(harness: Harness): Promise<string> {
  const { token } = await track(harness.engine, "alice");
  await harness.engine.challenges.send(token, MAIL);
  const { accessToken = "" } = await harness.engine.challenges.verify(token, MAIL, lastCode(harness));
  return accessToken;
}

async function resultByApp(harness: Harness, shared: string): Promise<string> {
  const { token } = await track(harness.engine, "alice");
  const code = codeAt(shared, harness.clock.now());
  const { accessToken = "" } = await harness.engine.challenges.verify(token, APP, code);
  return accessToken;
}

async function methodsOf({ engine }: Harness): Promise<readonly string[]> {
  return (await engine.authenticators.list("alice")).map(({ verificationMethod }) => verificationMethod);
}

describe("the first authenticator", () => {
  it("is one that the action accepts", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice", "change-password");
    await expect(harness.engine.challenges.enroll(token, MAIL, { email: "alice@mail.example" })).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
  });

  it("is not there before its code was verified", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.enroll(token, APP, {});
    await expect(methodsOf(harness)).resolves.toEqual([]);
    await expect(harness.engine.challenges.authenticators(token)).resolves.toEqual([]);
    await expect(track(harness.engine, "alice")).resolves.toMatchObject({ isEnrolled: false });
  });

  it("cannot be completed after ten minutes", async () => {
    const harness = createHarness({
      limits: { challengeTokenLifetimeMs: 10 * minute, enrollmentLifetimeMs: 9 * minute },
    });
    const { token } = await track(harness.engine, "alice");
    const { secret: shared = "" } = await harness.engine.challenges.enroll(token, APP, {});
    harness.clock.advance(9 * minute);
    await expect(
      harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now())),
    ).rejects.toMatchObject({ reason: "authenticator_missing" });
  });

  it("T18: of two begun at once, one is completed", async () => {
    const harness = createHarness({ store: remote() });
    const owner = await track(harness.engine, "alice");
    const thief = await track(harness.engine, "alice");
    const { secret: shared = "" } = await harness.engine.challenges.enroll(owner.token, APP, {});
    await harness.engine.challenges.enroll(thief.token, MAIL, { email: "mallory@mail.example" });
    const outcomes = await Promise.allSettled([
      harness.engine.challenges.verify(owner.token, APP, codeAt(shared, harness.clock.now())),
      harness.engine.challenges.verify(thief.token, MAIL, lastCode(harness)),
    ]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await methodsOf(harness)).filter((method) => method !== "RECOVERY_CODE")).toHaveLength(1);
  });

  it("T18: begun while there was none, it is not completed once there is one", async () => {
    const harness = createHarness();
    const thief = await track(harness.engine, "alice");
    await harness.engine.challenges.enroll(thief.token, MAIL, { email: "mallory@mail.example" });
    const code = lastCode(harness);
    await enrollApp(harness, "alice");
    await expect(harness.engine.challenges.verify(thief.token, MAIL, code)).rejects.toMatchObject(forbidden);
    await expect(methodsOf(harness)).resolves.not.toContain(MAIL);
  });
});

describe("an enrolment", () => {
  it("is completed under the action it was begun under, and no other", async () => {
    const harness = createHarness();
    const begun = await track(harness.engine, "alice");
    const other = await track(harness.engine, "alice");
    const { secret: shared = "" } = await harness.engine.challenges.enroll(begun.token, APP, {});
    await expect(
      harness.engine.challenges.verify(other.token, APP, codeAt(shared, harness.clock.now())),
    ).rejects.toMatchObject({ reason: "authenticator_missing" });
  });

  it.each([undefined, "add:authenticators"])(
    "T18: is not begun under an action that was refused, scope %s",
    async (scope) => {
      const harness = createHarness();
      const { token, key } = await track(
        harness.engine,
        "alice",
        "withdraw-funds",
        scope === undefined ? {} : { scope },
      );
      await harness.engine.actions.transition(key, { state: "BLOCK", actor: "operator" });
      await expect(harness.engine.challenges.enroll(token, APP, {})).rejects.toMatchObject(forbidden);
    },
  );
});

describe("a further authenticator", () => {
  it("T18: is not enrolled, replaced or removed with a session alone", async () => {
    const harness = createHarness();
    await enrollApp(harness, "alice");
    const [app] = await harness.engine.authenticators.list("alice");
    const { token } = await track(harness.engine, "alice");
    const { challenges } = harness.engine;
    await expect(challenges.enroll(token, MAIL, { email: "a@mail.example" })).rejects.toMatchObject(forbidden);
    await expect(challenges.enroll(token, APP, {})).rejects.toMatchObject(forbidden);
    await expect(challenges.removeAuthenticator(token, app?.userAuthenticatorId ?? "")).rejects.toMatchObject(
      forbidden,
    );
    expect(harness.mails).toEqual([]);
    expect(harness.events.filter(({ reason }) => reason === "factor_change_forbidden")).toHaveLength(3);
  });

  it("T18: is not enrolled on the word of a weaker one", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    await mailReady(harness);
    await expect(harness.engine.challenges.enroll(await resultByMail(harness), APP, {})).rejects.toMatchObject(
      forbidden,
    );
    harness.clock.advance(30_000);
    await expect(harness.engine.challenges.enroll(await resultByApp(harness, shared), APP, {})).resolves.toMatchObject({
      userId: "alice",
    });
  });

  it("is enrolled after a challenge with the strongest one, and takes the place of one of its kind", async () => {
    const harness = createHarness();
    const old = await enrollApp(harness, "alice");
    const result = await resultByApp(harness, old);
    const { secret: fresh = "" } = await harness.engine.challenges.enroll(result, APP, {});
    await expect(
      harness.engine.challenges.verify(result, APP, codeAt(fresh, harness.clock.now())),
    ).resolves.toMatchObject({ isVerified: true });
    expect(harness.events.filter(({ type }) => type === "authenticator.enrolled").at(-1)).toMatchObject({
      replacedAuthenticatorIds: [expect.any(String)],
    });

    harness.clock.advance(minute);
    const { token } = await track(harness.engine, "alice");
    const { challenges } = harness.engine;
    await expect(challenges.verify(token, APP, codeAt(old, harness.clock.now()))).resolves.toMatchObject({
      isVerified: false,
    });
    await expect(challenges.verify(token, APP, codeAt(fresh, harness.clock.now()))).resolves.toMatchObject({
      isVerified: true,
    });
    await expect(methodsOf(harness)).resolves.toEqual([APP, "RECOVERY_CODE"]);
  });

  it("is enrolled with a scope that the application grants, and that scope permits no removal", async () => {
    const harness = createHarness();
    await enrollApp(harness, "alice");
    const [app] = await harness.engine.authenticators.list("alice");
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { scope: "add:authenticators" });
    await harness.engine.challenges.enroll(token, MAIL, { email: "alice@mail.example" });
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: true,
    });
    await expect(
      harness.engine.challenges.removeAuthenticator(token, app?.userAuthenticatorId ?? ""),
    ).rejects.toMatchObject(forbidden);
  });

  it("is removed with a scope that the application grants, and that scope permits no enrolment", async () => {
    const harness = createHarness();
    await enrollApp(harness, "alice");
    const [app] = await harness.engine.authenticators.list("alice");
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { scope: "remove:authenticators" });
    const { challenges } = harness.engine;
    await expect(challenges.enroll(token, MAIL, { email: "a@mail.example" })).rejects.toMatchObject(forbidden);
    await challenges.removeAuthenticator(token, app?.userAuthenticatorId ?? "");
    await expect(methodsOf(harness)).resolves.toEqual(["RECOVERY_CODE"]);
  });

  it("is removed after a challenge with the strongest one, and only one's own", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    await harness.engine.authenticators.enrollVerified("bob", { verificationMethod: MAIL, email: "bob@mail.example" });
    const [bobs] = await harness.engine.authenticators.list("bob");
    const [own] = await harness.engine.authenticators.list("alice");
    const result = await resultByApp(harness, shared);
    await expect(
      harness.engine.challenges.removeAuthenticator(result, bobs?.userAuthenticatorId ?? ""),
    ).rejects.toMatchObject({ reason: "not_found" });
    await harness.engine.challenges.removeAuthenticator(result, own?.userAuthenticatorId ?? "");
    await expect(methodsOf(harness)).resolves.toEqual(["RECOVERY_CODE"]);
  });

  it("T18: with recovery codes alone left, it takes one of them", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    const { secret: shared = "" } = await harness.engine.challenges.enroll(token, APP, {});
    const { recoveryCodes = [] } = await harness.engine.challenges.verify(
      token,
      APP,
      codeAt(shared, harness.clock.now()),
    );
    const [app] = await harness.engine.authenticators.list("alice");
    await harness.engine.authenticators.remove("alice", app?.userAuthenticatorId ?? "");

    const lost = await track(harness.engine, "alice");
    await expect(harness.engine.challenges.enroll(lost.token, APP, {})).rejects.toMatchObject(forbidden);
    const { accessToken } = await harness.engine.challenges.verify(lost.token, "RECOVERY_CODE", recoveryCodes[0]);
    await expect(harness.engine.challenges.enroll(accessToken, APP, {})).resolves.toMatchObject({ userId: "alice" });
  });

  it("T18: a result of another engine's user, or of an approval withdrawn since, permits nothing", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const { token, key } = await track(harness.engine, "alice");
    const { accessToken } = await harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now()));
    await harness.engine.actions.transition(key, { state: "BLOCK", actor: "operator" });
    await expect(harness.engine.challenges.enroll(accessToken, APP, {})).rejects.toMatchObject(forbidden);
  });
});

describe("the backend's own enrolment", () => {
  it.each([
    ["a short secret", `otpauth://totp/a?secret=${"A".repeat(20)}`],
    ["eight digits", `otpauth://totp/a?secret=${"A".repeat(32)}&digits=8`],
    ["another algorithm", `otpauth://totp/a?secret=${"A".repeat(32)}&algorithm=SHA256`],
    ["a counter", `otpauth://hotp/a?secret=${"A".repeat(32)}&counter=1`],
    ["no URI", "JBSWY3DPEHPK3PXP"],
    ["nothing", undefined],
  ])("refuses an authenticator app with %s", async (_name, otpUri) => {
    const { engine } = createHarness();
    await expect(
      engine.authenticators.enrollVerified("alice", { verificationMethod: APP, otpUri: otpUri as string }),
    ).rejects.toMatchObject({ reason: "request_invalid", message: expect.not.stringContaining("JBSW") });
  });

  it("is refused for recovery codes and unknown methods, with those that there are", async () => {
    const { engine } = createHarness();
    for (const verificationMethod of ["RECOVERY_CODE", "PASSKEY", "EMAIL", "toString"]) {
      await expect(engine.authenticators.enrollVerified("alice", { verificationMethod })).rejects.toMatchObject({
        reason: "verification_method_unknown",
        detail: expect.stringMatching(/takes (?:[A-Z_]+, )*EMAIL_OTP/),
      });
    }
  });

  it("offers no e-mail code when nothing can send it", async () => {
    const { engine } = createHarness({ delivery: {}, policy: { actions: { pay: { defaultOutcome: "CHALLENGE" } } } });
    expect(engine.verificationMethods.map(({ name }) => name)).toEqual([APP, "RECOVERY_CODE"]);
  });

  it("labels the e-mail code as what it is", () => {
    const { engine } = createHarness();
    expect(engine.verificationMethods).toContainEqual({ name: MAIL, strength: "low" });
  });
});

it("no result of an authenticator that the application took away since permits an enrolment", async () => {
  const harness = createHarness();
  const { engine, clock } = harness;
  const shared = await enrollApp(harness, "alice");
  const { token } = await track(engine, "alice");
  const { accessToken = "" } = await engine.challenges.verify(token, APP, codeAt(shared, clock.now()));
  for (const { userAuthenticatorId } of await engine.authenticators.list("alice")) {
    await engine.authenticators.remove("alice", userAuthenticatorId);
  }
  await expect(engine.challenges.enroll(accessToken, APP, {})).rejects.toMatchObject(forbidden);
});
