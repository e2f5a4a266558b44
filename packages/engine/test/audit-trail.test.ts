import { codeAt } from "@require-action-test/support/codes";
import { createMemoryStore } from "@require-action/engine";
import { type AuditEvent } from "@require-action/engine/store";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, never, track } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";
const MAIL = "EMAIL_OTP";

/** The last event, without what every event has. */
function last({ events }: Pick<Harness, "events">): Partial<AuditEvent> {
  const { at, actionId, ...event } = events.at(-1) as AuditEvent;
  expect(at).toEqual(expect.any(Number));
  return event;
}

const about = { userId: "alice", action: "withdraw-funds" };

describe("what became of a token is told as", () => {
  const validate = ({ engine }: Harness, token: string, asked: Partial<typeof about> = {}) =>
    engine.validateChallenge({ token, ...about, ...asked }, never);

  async function approved(harness: Harness): Promise<{ token: string; challenge: string; key: Key }> {
    const shared = await enrollApp(harness, "alice");
    const { token, key } = await track(harness.engine, "alice");
    const code = codeAt(shared, harness.clock.now());
    const { accessToken = "" } = await harness.engine.challenges.verify(token, APP, code);
    return { token: accessToken, challenge: token, key };
  }
  type Key = Awaited<ReturnType<typeof track>>["key"];

  it("result.validated, with the state", async () => {
    const harness = createHarness();
    const { token, key } = await approved(harness);
    await expect(validate(harness, token)).resolves.toStrictEqual({
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      ...key,
      stateUpdatedAt: new Date(harness.clock.now()).toISOString(),
      verificationMethod: APP,
    });
    expect(last(harness)).toStrictEqual({ type: "result.validated", ...about, state: "CHALLENGE_SUCCEEDED" });
  });

  it("result.refused, with the state, once the approval was withdrawn", async () => {
    const harness = createHarness();
    const { token, key } = await approved(harness);
    await harness.engine.actions.transition(key, { state: "BLOCK", actor: "operator" });
    await expect(validate(harness, token)).resolves.toMatchObject({ isValid: false, state: "BLOCK" });
    expect(last(harness)).toStrictEqual({ type: "result.refused", ...about, state: "BLOCK" });
  });

  it.each([
    ["another user's", { userId: "mallory" }, "other_user"],
    ["another action's", { action: "change-password" }, "other_action"],
    ["both", { userId: "mallory", action: "change-password" }, "other_user"],
  ])("result.refused, with the reason, when it is %s", async (_name, asked, reason) => {
    const harness = createHarness();
    const { token } = await approved(harness);
    await expect(validate(harness, token, asked)).resolves.toStrictEqual({ isValid: false, error: "invalid_token" });
    expect(last(harness)).toStrictEqual({ type: "result.refused", ...about, ...asked, reason });
  });

  it("result.refused, when it is none", async () => {
    const harness = createHarness();
    await expect(validate(harness, "garbage")).resolves.toStrictEqual({ isValid: false, error: "invalid_token" });
    expect(last(harness)).toStrictEqual({ type: "result.refused", ...about, reason: "token_invalid" });
  });

  it("result.refused, when its action is gone", async () => {
    const harness = createHarness();
    const { token } = await approved(harness);
    const other = createHarness({ clock: harness.clock });
    await expect(validate(other, token)).resolves.toStrictEqual({ isValid: false, error: "invalid_token" });
    expect(last(other)).toStrictEqual({ type: "result.refused", ...about, reason: "action_missing" });
  });

  it("T27: result.refused, when it is a challenge's: its state is told while the challenge is open, and no longer", async () => {
    const harness = createHarness();
    const { token, key } = await track(harness.engine, "alice");
    await expect(validate(harness, token)).resolves.toStrictEqual({
      isValid: false,
      state: "CHALLENGE_REQUIRED",
      ...key,
    });
    expect(last(harness)).toStrictEqual({ type: "result.refused", ...about, reason: "challenge_token" });
    const { challenge } = await approved(harness);
    await expect(validate(harness, challenge)).resolves.toStrictEqual({ isValid: false, error: "invalid_token" });
  });
});

describe("a change of state is told", () => {
  it("with how the challenge was completed", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const { userAuthenticatorId } = await harness.engine.challenges.verify(
      token,
      APP,
      codeAt(shared, harness.clock.now()),
    );
    expect(last(harness)).toStrictEqual({
      type: "action.transitioned",
      ...about,
      from: "CHALLENGE_REQUIRED",
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: APP,
      userAuthenticatorId,
    });
  });

  it("with who did it, and nothing more", async () => {
    const harness = createHarness();
    const { key } = await track(harness.engine, "alice");
    await harness.engine.actions.transition(key, { state: "CHALLENGE_FAILED", actor: "operator" });
    const event = { type: "action.transitioned", ...about, from: "CHALLENGE_REQUIRED", state: "CHALLENGE_FAILED" };
    expect(last(harness)).toStrictEqual({ ...event, actor: "operator" });
    const { items } = await harness.engine.audit.query({ userId: "alice" });
    expect(items[0]).toMatchObject({ ...event, actor: "operator" });
  });

  it("F30: with its reason, when a review has come to its end", async () => {
    const harness = createHarness();
    const { key } = await track(harness.engine, "alice", "close-account");
    harness.clock.advance(30 * 24 * 60 * 60_000);
    await expect(harness.engine.getAction(key, never)).resolves.toMatchObject({ state: "REVIEW_FAILED" });
    expect(last(harness)).toStrictEqual({
      type: "action.transitioned",
      userId: "alice",
      action: "close-account",
      from: "REVIEW_REQUIRED",
      state: "REVIEW_FAILED",
      reason: "review_expired",
    });
  });

  it("T9: not at all, when it is none that there is", async () => {
    const harness = createHarness();
    const { key } = await track(harness.engine, "alice");
    const before = harness.events.length;
    await expect(
      harness.engine.actions.transition(key, { state: "REVIEW_SUCCEEDED", actor: "operator" }),
    ).rejects.toMatchObject({
      reason: "transition_illegal",
      message: "transition_illegal: An action does not move from CHALLENGE_REQUIRED to REVIEW_SUCCEEDED.",
    });
    expect(harness.events).toHaveLength(before);
  });
});

describe("an answer is told", () => {
  it("without a reason when it was right, and with one when it was wrong", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now() - 600_000));
    const event = { ...about, verificationMethod: APP, userAuthenticatorId: expect.any(String) };
    expect(last(harness)).toStrictEqual({ type: "challenge.refused", ...event, reason: "answer_wrong" });
    await harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now()));
    const { at: _at, actionId: _id, ...verified } = harness.events.at(-2) as AuditEvent;
    expect(verified).toStrictEqual({ type: "challenge.verified", ...event });
  });

  it("as used, when another took its question before it", async () => {
    const harness = createHarness({ store: { ...createMemoryStore(), takeChallenge: async () => false } });
    const { engine } = harness;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@mail.example" });
    const { token } = await track(engine, "alice");
    await engine.challenges.send(token, MAIL);
    await engine.challenges.verify(token, MAIL, harness.mails.at(-1)?.code);
    expect(last(harness)).toMatchObject({ type: "challenge.refused", reason: "answer_used" });
  });
});

describe("what a token's bearer was refused is told as", () => {
  const cases: readonly (readonly [string, string, (harness: Harness, token: string) => Promise<unknown>])[] = [
    [
      "authenticator.enrollment_refused",
      "verification_method_unknown: The engine does not offer this verification method.",
      ({ engine }, token) => engine.challenges.enroll(token, "TELEPATHY", {}),
    ],
    [
      "authenticator.enrollment_refused",
      "not_found: The user has no such authenticator.",
      ({ engine }, token) => engine.challenges.removeAuthenticator(token, "none"),
    ],
    [
      "challenge.refused",
      "authenticator_missing: The user has no authenticator of this method.",
      ({ engine }, token) => engine.challenges.send(token, MAIL),
    ],
    [
      "challenge.refused",
      "request_invalid: The answer is missing, or does not have the form that the method expects.",
      ({ engine }, token) => engine.challenges.verify(token, APP, "12345"),
    ],
  ];

  it.each(cases)("%s: %s", async (type, message, act) => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { scope: "remove:authenticators" });
    await expect(act(harness, token)).rejects.toMatchObject({ message });
    expect(last(harness)).toMatchObject({ type, ...about, reason: message.split(":")[0] });
  });

  it.each([
    ["challenge_not_open: The challenge is no longer open.", "withdraw-funds", "CHALLENGE_FAILED"],
    ["verification_method_not_allowed: The action does not accept this method.", "read-mail", undefined],
  ] as const)("challenge.refused: %s", async (message, action, state) => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const { token, key } = await track(harness.engine, "alice", action);
    if (state !== undefined) await harness.engine.actions.transition(key, { state, actor: "operator" });
    const code = codeAt(shared, harness.clock.now());
    await expect(harness.engine.challenges.verify(token, APP, code)).rejects.toMatchObject({ message });
    expect(last(harness)).toMatchObject({ type: "challenge.refused", action, verificationMethod: APP });
  });

  it("challenge.refused: a result is no challenge", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const { accessToken } = await harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now()));
    await expect(harness.engine.challenges.verify(accessToken, APP, "000000")).rejects.toMatchObject({
      message: "token_invalid: The token is not valid here.",
    });
    expect(last(harness)).toMatchObject({ type: "challenge.refused", reason: "token_invalid" });
  });
});
