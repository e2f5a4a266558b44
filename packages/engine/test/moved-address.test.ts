import { describe, expect, it } from "vitest";
import { createMemoryStore, type EngineOptions } from "../src/index.ts";
import type { Notice } from "../src/server.ts";
import { createHarness, type Harness, lastCode, never, track } from "./harness.ts";

const MAIL = "EMAIL_OTP";
const old = "alice@old.example";
const moved = "alice@new.example";

interface MovingHarness extends Harness {
  readonly notices: Notice[];
}

function createMovingHarness(options: Partial<EngineOptions> = {}): MovingHarness {
  const notices: Notice[] = [];
  const texts: { code: string }[] = [];
  const harness: Harness = createHarness({
    delivery: {
      sendEmail: (message) => void harness.mails.push(message),
      sendSms: (message) => void texts.push(message),
      sendNotice: (notice) => void notices.push(notice),
    },
    ...options,
  });
  return { ...harness, notices };
}

/** A user whose mailbox was verified by the backend. */
async function enrolled(options?: Partial<EngineOptions>): Promise<MovingHarness> {
  const harness = createMovingHarness(options);
  await harness.engine.users.update("alice", { email: old, emailVerified: true, locale: "en" });
  await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: old });
  return harness;
}

const addressOf = async ({ engine }: Harness): Promise<unknown> =>
  (await engine.authenticators.list("alice")).map(({ email, phoneNumber }) => email ?? phoneNumber);

describe("an address that the backend has verified", () => {
  it("S11: takes the authenticator along, as Authsignal's documentation says, and the old one is told", async () => {
    const harness = await enrolled();
    await harness.engine.users.update("alice", { email: moved, emailVerified: true });
    expect(await addressOf(harness)).toEqual([moved]);
    expect(harness.notices).toEqual([
      { kind: "address_changed", to: old, verificationMethod: MAIL, userId: "alice", locale: "en" },
    ]);
    // The old mailbox may be another's by now: it does not learn of the new one.
    expect(JSON.stringify(harness.notices)).not.toContain(moved);
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.send(token, MAIL);
    expect(harness.mails.at(-1)?.to).toBe(moved);
  });

  it("S11: does so for a telephone number too", async () => {
    const harness = createMovingHarness();
    const { engine } = harness;
    await engine.authenticators.enrollVerified("alice", { verificationMethod: "SMS", phoneNumber: "+14155550100" });
    await engine.users.update("alice", { phoneNumber: "+14155550199", phoneNumberVerified: true });
    expect(await addressOf(harness)).toEqual(["+14155550199"]);
    expect(harness.notices).toMatchObject([{ to: "+14155550100", verificationMethod: "SMS" }]);
  });

  it("S11: moves nothing without that word, nor by another call's", async () => {
    const harness = await enrolled();
    await harness.engine.users.update("alice", { email: moved });
    await harness.engine.users.update("alice", { phoneNumber: "+14155550199", phoneNumberVerified: true });
    await harness.engine.users.update("alice", { displayName: "Alice", emailVerified: false });
    expect(await addressOf(harness)).toEqual([old]);
    expect(harness.notices).toEqual([]);
    // Verified later.
    await harness.engine.users.update("alice", { emailVerified: true });
    expect(await addressOf(harness)).toEqual([moved]);
  });

  it("S11: enrols nobody who was not, and tells nothing of the same mailbox written otherwise", async () => {
    const harness = createMovingHarness();
    await harness.engine.users.update("alice", { email: moved, emailVerified: true });
    expect(await addressOf(harness)).toEqual([]);
    const same = await enrolled();
    await same.engine.users.update("alice", { email: old.toUpperCase(), emailVerified: true });
    expect(await addressOf(same)).toEqual([old]);
    expect([...harness.notices, ...same.notices]).toEqual([]);
  });

  it("S11: voids codes under way, and what the old mailbox approved", async () => {
    const harness = await enrolled();
    const { engine } = harness;
    const approved = await track(engine, "alice");
    await engine.challenges.send(approved.token, MAIL);
    const { accessToken = "" } = await engine.challenges.verify(approved.token, MAIL, lastCode(harness));
    const { token, key } = await track(engine, "alice");
    await engine.challenges.send(token, MAIL);
    const code = lastCode(harness);
    await engine.users.update("alice", { email: moved, emailVerified: true });
    expect(await engine.challenges.verify(token, MAIL, code)).toMatchObject({ isVerified: false });
    expect(await engine.actions.find(key)).toMatchObject({ state: "CHALLENGE_REQUIRED" });
    expect(await engine.validateChallenge({ ...approved.key, token: accessToken }, never)).toMatchObject({
      isValid: false,
      state: "BLOCK",
    });
  });

  it("S11, S5: voids the code that would enrol the old mailbox", async () => {
    const harness = createMovingHarness();
    const { engine } = harness;
    await engine.users.update("alice", { email: old });
    const { token } = await track(engine, "alice");
    await engine.challenges.send(token, MAIL);
    const code = lastCode(harness);
    await engine.users.update("alice", { email: moved });
    await expect(engine.challenges.verify(token, MAIL, code)).rejects.toMatchObject({
      reason: "authenticator_missing",
    });
    expect(await addressOf(harness)).toEqual([]);
    await engine.challenges.send(token, MAIL);
    expect(harness.mails.at(-1)?.to).toBe(moved);
  });

  it("S11: moves it though nobody can be told, and records that", async () => {
    const store = createMemoryStore();
    const failing = { sendEmail: () => undefined, sendNotice: () => Promise.reject(new Error(moved)) };
    const harness = await enrolled({ store, delivery: failing });
    await harness.engine.users.update("alice", { email: moved, emailVerified: true });
    expect(await addressOf(harness)).toEqual([moved]);
    const { items } = await store.listEvents({ limit: 100 });
    expect(items.filter(({ type }) => type === "notice.failed")).toMatchObject([
      { userId: "alice", verificationMethod: MAIL },
    ]);
    expect(JSON.stringify(items)).not.toContain("@");
  });
});
