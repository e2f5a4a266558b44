import { codeAt, otherThan } from "@require-action-test/support/codes";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, minute, track } from "./harness.ts";

const day = 24 * 60 * minute;
const DAYS = 90;
const APP = "AUTHENTICATOR_APP";
const MAIL = "EMAIL_OTP";
const SMS = "SMS";
const locked = { reason: "too_many_attempts", retryAfterSeconds: undefined };

/** A user with an app, recovery codes, a mailbox and a telephone. */
async function aliceWithEverything() {
  const texts: string[] = [];
  const mails: string[] = [];
  const harness = createHarness({
    delivery: {
      sendEmail: async ({ code }) => void mails.push(code),
      sendSms: async ({ code }) => void texts.push(code),
    },
  });
  const { engine, clock } = harness;
  const { token } = await track(engine, "alice");
  const { secret = "" } = await engine.challenges.enroll(token, APP, {});
  const { recoveryCodes = [] } = await engine.challenges.verify(token, APP, codeAt(secret, clock.now()));
  await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@bank.example" });
  await engine.authenticators.enrollVerified("alice", { verificationMethod: SMS, phoneNumber: "+15550100000" });
  clock.advance(minute);
  return { harness, secret, recoveryCodes, sent: { [MAIL]: mails, [SMS]: texts } };
}

type Alice = Awaited<ReturnType<typeof aliceWithEverything>>;

/** One wrong answer by whatever method, from a session and a source of its own; whether it was evaluated. */
async function guess({ harness: { engine, clock }, secret, sent }: Alice, attempt: number): Promise<boolean> {
  const method = [APP, MAIL, SMS][attempt % 3] as typeof APP | typeof MAIL | typeof SMS;
  const source = { deviceId: `device-${attempt}`, ipAddress: `198.51.100.${attempt % 250}` };
  const { token } = await track(engine, "alice", "withdraw-funds", source);
  if (method !== APP) await engine.challenges.send(token, method).catch(() => undefined);
  const right = method === APP ? codeAt(secret, clock.now()) : (sent[method].at(-1) ?? "");
  const answer = await engine.challenges.verify(token, method, otherThan(right)).catch(() => undefined);
  return answer !== undefined;
}

async function guessFor(alice: Alice, days: number): Promise<number> {
  let evaluated = 0;
  let attempt = 0;
  for (let round = 0; round < days * 3; round++) {
    for (let tries = 0; tries < 6; tries++) if (await guess(alice, attempt++)) evaluated++;
    alice.harness.clock.advance(day / 3);
  }
  return evaluated;
}

const usual = (address: string): string => address.replace("\uff41", "a").normalize("NFC");

describe(`T59: ${DAYS} days of guessing at a user's codes, by all methods, from new sessions and sources`, () => {
  it("is 100 wrong answers, and an event each that the user and what else is locked", async () => {
    const alice = await aliceWithEverything();
    await expect(guessFor(alice, DAYS)).resolves.toBe(100);
    const { events, engine } = alice.harness;
    expect(events.filter(({ type }) => type === "user.locked")).toMatchObject([{ userId: "alice" }]);
    expect(events.filter(({ type }) => type === "authenticator.locked")).toEqual([]);
    const { token } = await track(engine, "alice");
    const right = codeAt(alice.secret, alice.harness.clock.now());
    await expect(engine.challenges.verify(token, APP, right)).rejects.toMatchObject(locked);
  });

  it("does not keep the user from proving themselves by other means, and that unlocks", async () => {
    const alice = await aliceWithEverything();
    await guessFor(alice, 10);
    const { engine, clock, events } = alice.harness;
    const { token } = await track(engine, "alice");
    await expect(engine.challenges.verify(token, "RECOVERY_CODE", alice.recoveryCodes[0])).resolves.toMatchObject({
      isVerified: true,
    });
    expect(events.filter(({ type }) => type === "user.unlocked")).toMatchObject([
      { userId: "alice", reason: "proved" },
    ]);
    clock.advance(minute);
    const next = await track(engine, "alice");
    await expect(engine.challenges.verify(next.token, APP, codeAt(alice.secret, clock.now()))).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it("is ended by an operator, and 100 more lock again", async () => {
    const alice = await aliceWithEverything();
    await guessFor(alice, 10);
    const { engine, events } = alice.harness;
    await engine.users.unlock("alice");
    expect(events.at(-1)).toMatchObject({ type: "user.unlocked", userId: "alice", actor: "backend" });
    await expect(guessFor(alice, 10)).resolves.toBe(100);
    expect(events.filter(({ type }) => type === "user.locked")).toHaveLength(2);
  });

  it("does not begin anew with a right answer by a code to the mailbox that is guessed at otherwise", async () => {
    const harness = createHarness({ limits: { consecutiveFailures: 5 } });
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@bank.example" });
    let evaluated = 0;
    for (let round = 0; round < 20; round++) {
      const { token } = await track(engine, "alice");
      const wrong = otherThan(codeAt(shared, clock.now()));
      if (await engine.challenges.verify(token, APP, wrong).catch(() => undefined)) evaluated++;
      await engine.challenges.send(token, MAIL);
      await engine.challenges.verify(token, MAIL, lastCode(harness));
      // However long whoever guesses waits.
      clock.advance(round % 5 === 4 ? 31 * day : 16 * minute);
    }
    expect(evaluated).toBe(5);
    expect(harness.events.filter(({ type }) => type === "authenticator.locked")).toHaveLength(1);
  });
});

describe("T59: guessing at an address from many accounts", () => {
  /** Enrols the victim's address for another account, and guesses at the code. */
  async function claim({ engine, mails }: Harness, account: number, email: string, tries: number): Promise<number> {
    const { token } = await track(engine, `mallory-${account}`, "withdraw-funds", { deviceId: `device-${account}` });
    let evaluated = 0;
    const begun = await engine.challenges.enroll(token, MAIL, { email }).catch(() => undefined);
    if (begun === undefined) return 0;
    for (let index = 0; index < tries; index++) {
      const wrong = otherThan(mails.at(-1)?.code ?? "");
      if (await engine.challenges.verify(token, MAIL, wrong).catch(() => undefined)) evaluated++;
    }
    return evaluated;
  }

  it(`is fewer than 100 wrong answers in any 30 of ${DAYS} days, however the address is spelt`, async () => {
    const harness = createHarness();
    const spellings = ["victim@b\u00fccher.example", "Victim@B\u00dcCHER.example", "victim+1@xn--bcher-kva.example"];
    const perDay: number[] = [];
    let account = 0;
    for (let days = 0; days < DAYS; days++) {
      let evaluated = 0;
      for (let round = 0; round < 4; round++) {
        evaluated += await claim(harness, account++, spellings[account % 3] ?? "", 6);
        harness.clock.advance(day / 4);
      }
      perDay.push(evaluated);
    }
    const months = perDay.map((_, index) => perDay.slice(index, index + 30).reduce((sum, one) => sum + one, 0));
    expect(Math.max(...months)).toBeLessThan(100);
    expect(Math.max(...months)).toBeGreaterThan(40);
    expect(harness.events.filter(({ type }) => type === "address.locked").length).toBeGreaterThan(0);
    expect(JSON.stringify(harness.events)).not.toContain("victim");
    // An operator helps whoever owns it.
    const owner = await track(harness.engine, "victim");
    const enroll = async () => {
      await harness.engine.challenges.enroll(owner.token, MAIL, { email: spellings[0] });
      return harness.engine.challenges.verify(owner.token, MAIL, lastCode(harness));
    };
    await expect(enroll()).rejects.toMatchObject({ reason: "too_many_attempts" });
    await harness.engine.authenticators.unlockAddress({ verificationMethod: MAIL, address: spellings[1] ?? "" });
    expect(harness.events.at(-1)).toMatchObject({ type: "address.unlocked", actor: "backend" });
    await expect(enroll()).resolves.toMatchObject({ isVerified: true });
  });

  it("T21: sends one mailbox five codes in ten minutes, however it is spelt", async () => {
    const harness = createHarness();
    const spellings = [
      "ann@b\u00fccher.example",
      "Ann@b\u00fccher.example",
      "ann@BU\u0308CHER.example",
      "ann@xn--bcher-kva.example",
      "\uff41nn@b\u00fccher.example",
      "ann+a@b\u00fccher.example",
      "ann+b@b\u00fccher.example",
    ];
    for (const [account, email] of spellings.entries()) await claim(harness, account, email, 0);
    // Each to the address as it was written, in letters of the usual width that are composed.
    expect(harness.mails.map(({ to }) => to)).toEqual(spellings.slice(0, 5).map(usual));
  });

  it("is no address that an operator could unlock, if it is none", async () => {
    const { engine } = createHarness();
    await expect(
      engine.authenticators.unlockAddress({ verificationMethod: MAIL, address: "alice" }),
    ).rejects.toMatchObject({ reason: "request_invalid" });
  });
});
