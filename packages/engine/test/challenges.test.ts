import { inspect } from "node:util";
import { codeAt, otherThan } from "@require-action-test/support/codes";
import { createMemoryStore, type Store } from "@require-action/engine";
import { type AuditEvent } from "@require-action/engine/store";
import { describe, expect, it } from "vitest";
import { createHarness, enrollApp, type Harness, lastCode, minute, remote, secret, track } from "./harness.ts";

const APP = "AUTHENTICATOR_APP";
const MAIL = "EMAIL_OTP";

/** Alice with an e-mail authenticator; answers with the token of an open challenge. */
async function mailReady(harness: Harness, action = "withdraw-funds"): Promise<string> {
  await harness.engine.authenticators.enrollVerified("alice", {
    verificationMethod: MAIL,
    email: "alice@mail.example",
  });
  return (await track(harness.engine, "alice", action)).token;
}

function count(events: readonly AuditEvent[], reason: string): number {
  return events.filter((event) => event.reason === reason).length;
}

/** A store some of whose verbs can be made to fail. */
function failing(store: Store, verbs: Set<string>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function" || !verbs.has(String(name))) return value;
      return () => Promise.reject(new Error("out of reach"));
    },
  });
}

describe("the authenticator app", () => {
  it("T8: accepts a code once", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const code = codeAt(shared, harness.clock.now());
    const first = await track(harness.engine, "alice");
    const second = await track(harness.engine, "alice", "change-password");
    await expect(harness.engine.challenges.verify(first.token, APP, code)).resolves.toMatchObject({ isVerified: true });
    await expect(harness.engine.challenges.verify(second.token, APP, code)).resolves.toEqual({
      isVerified: false,
      failureReason: "CODE_INVALID_OR_EXPIRED",
    });
  });

  it("T8: accepts a code once of 200 at once, over two actions", async () => {
    const harness = createHarness({ store: remote() });
    const shared = await enrollApp(harness, "alice");
    const code = codeAt(shared, harness.clock.now());
    const tokens = [await track(harness.engine, "alice"), await track(harness.engine, "alice", "change-password")];
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) => harness.engine.challenges.verify(tokens[index % 2]?.token, APP, code)),
    );
    const passed = answers.filter((answer) => answer.status === "fulfilled" && answer.value.isVerified);
    expect(passed).toHaveLength(1);
  });

  it("T8: does not accept the code of the enrolment again", async () => {
    const harness = createHarness();
    const { engine, clock } = harness;
    const { token } = await track(engine, "alice");
    const { secret: shared = "" } = await engine.challenges.enroll(token, APP, {});
    const code = codeAt(shared, clock.now());
    await expect(engine.challenges.verify(token, APP, code)).resolves.toMatchObject({ isVerified: true });
    const { token: next } = await track(engine, "alice");
    await expect(engine.challenges.verify(next, APP, code)).resolves.toMatchObject({ isVerified: false });
  });

  it.each([
    [-60_000, false],
    [-30_000, true],
    [0, true],
    [30_000, false],
  ])("with a phone that is %i ms off: %s", async (offset, isVerified) => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    harness.clock.advance(5 * minute);
    const { token } = await track(harness.engine, "alice");
    const code = codeAt(shared, harness.clock.now() + offset);
    await expect(harness.engine.challenges.verify(token, APP, code)).resolves.toMatchObject({ isVerified });
  });

  it("does not accept a step before the last one", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    harness.clock.advance(minute);
    const now = harness.clock.now();
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.verify(token, APP, codeAt(shared, now));
    const other = await track(harness.engine, "alice");
    await expect(
      harness.engine.challenges.verify(other.token, APP, codeAt(shared, now - 30_000)),
    ).resolves.toMatchObject({ isVerified: false });
  });

  it("has a secret of 160 bits, which the store does not hold in clear", async () => {
    const store = createMemoryStore();
    const harness = createHarness({ store });
    const shared = await enrollApp(harness, "alice");
    expect(shared).toMatch(/^[A-Z2-7]{32}$/);
    expect(JSON.stringify(await store.listAuthenticators("alice"))).not.toContain(shared);
  });

  it("keeps its secret to its owner: moved to another user's record, it opens nothing", async () => {
    const store = createMemoryStore();
    const harness = createHarness({ store });
    const shared = await enrollApp(harness, "mallory");
    await enrollApp(harness, "alice");
    const stolen = (await store.listAuthenticators("mallory")).find((one) => one.verificationMethod === APP);
    const own = (await store.listAuthenticators("alice")).find((one) => one.verificationMethod === APP);
    await store.updateAuthenticator(own as never, { sealedSecret: stolen?.sealedSecret ?? "" });
    harness.clock.advance(minute);
    const { token } = await track(harness.engine, "alice");
    await expect(
      harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now())),
    ).resolves.toMatchObject({ isVerified: false });
  });
});

describe("the e-mail code", () => {
  it("shows its owner what it approves", async () => {
    const harness = createHarness();
    await mailReady(harness);
    const custom = { amount: "250.00", payee: "<b>bob</b>" };
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { custom, locale: "de" });
    await harness.engine.challenges.send(token, MAIL);
    expect(harness.mails.at(-1)).toEqual({
      to: "alice@mail.example",
      denyUrl: expect.stringMatching(/^https:\/\/bank\.example\/authsignal\/deny\?link=/),
      idempotencyKey: expect.any(String),
      code: expect.stringMatching(/^\d{6}$/),
      purpose: "challenge",
      userId: "alice",
      action: "withdraw-funds",
      custom,
      expiresAt: harness.clock.now() + 5 * minute,
      locale: "de",
    });
  });

  it("C43: is for the language of the action, else of the user", async () => {
    const harness = createHarness();
    await mailReady(harness);
    await harness.engine.users.update("alice", { locale: "pt_BR" });
    for (const attributes of [{ locale: "zh_TW" }, {}]) {
      const { token } = await track(harness.engine, "alice", "withdraw-funds", attributes);
      await harness.engine.challenges.send(token, MAIL);
    }
    expect(harness.mails.slice(-2).map(({ locale }) => locale)).toEqual(["zh-TW", "pt-BR"]);
  });

  it("is accepted once", async () => {
    const harness = createHarness();
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    const code = lastCode(harness);
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, () => harness.engine.challenges.verify(token, MAIL, code)),
    );
    expect(answers.filter((answer) => answer.status === "fulfilled" && answer.value.isVerified)).toHaveLength(1);
  });

  it("is not accepted when the store says that it was used", async () => {
    const store = createMemoryStore();
    const harness = createHarness({ store: { ...store, takeChallenge: async () => false } });
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: false,
    });
  });

  it("ends after five minutes", async () => {
    const harness = createHarness({ limits: { challengeTokenLifetimeMs: 10 * minute } });
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    harness.clock.advance(5 * minute);
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: false,
    });
  });

  it("is void once another one was sent", async () => {
    const harness = createHarness();
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    const first = lastCode(harness);
    do await harness.engine.challenges.send(token, MAIL);
    while (lastCode(harness) === first);
    await expect(harness.engine.challenges.verify(token, MAIL, first)).resolves.toMatchObject({ isVerified: false });
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it("of an enrolment can be sent again, and the one before is void", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    await harness.engine.challenges.enroll(token, MAIL, { email: "alice@mail.example" });
    const first = lastCode(harness);
    do await harness.engine.challenges.send(token, MAIL);
    while (lastCode(harness) === first);
    expect(harness.mails.at(-1)).toMatchObject({ to: "alice@mail.example", purpose: "enrollment" });
    await expect(harness.engine.challenges.verify(token, MAIL, first)).resolves.toMatchObject({ isVerified: false });
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: true,
      userAuthenticator: { verificationMethod: MAIL },
    });
  });

  it("is good for the action it was sent for, and no other", async () => {
    const harness = createHarness();
    const one = await mailReady(harness);
    const { token: other } = await track(harness.engine, "alice", "read-mail");
    await harness.engine.challenges.send(one, MAIL);
    await expect(harness.engine.challenges.verify(other, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: false,
    });
  });

  it("F28: a sender that throws costs no attempt, and its error is not told", async () => {
    let works = false;
    const codes: string[] = [];
    const harness = createHarness({
      delivery: {
        async sendEmail({ code }) {
          codes.push(code);
          if (!works) throw new Error(`canary ${code}`);
        },
      },
    });
    const token = await mailReady(harness);
    const error: unknown = await harness.engine.challenges.send(token, MAIL).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: "delivery_failed" });
    expect(inspect(error, { depth: 9 })).not.toContain("canary");
    works = true;
    await harness.engine.challenges.send(token, MAIL);
    await expect(harness.engine.challenges.verify(token, MAIL, codes.at(-1))).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it("F28: a sender that never answers is given up on", async () => {
    const harness = createHarness({
      delivery: { sendEmail: () => new Promise<void>(() => undefined) },
      limits: { deliveryTimeoutMs: 10 },
    });
    const token = await mailReady(harness);
    await expect(harness.engine.challenges.send(token, MAIL)).rejects.toMatchObject({ reason: "delivery_failed" });
  });

  it.each([
    "a@x.example,b@y.example",
    "a@x.example\r\nBcc: b@y.example",
    "Alice <a@x.example>",
    "a b@x.example",
    "a@x",
    "@x.example",
    "a@@x.example",
    `${"a".repeat(250)}@x.example`,
    ["a@x.example"],
    "",
  ])("T45: is not sent to %j", async (email) => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    await expect(harness.engine.challenges.enroll(token, MAIL, { email })).rejects.toMatchObject({
      reason: "request_invalid",
    });
    expect(harness.mails).toEqual([]);
  });

  it("T45: is enrolled for the address that the application knows, and no other", async () => {
    const harness = createHarness();
    await harness.engine.users.update("alice", { email: "alice@mail.example" });
    const { token } = await track(harness.engine, "alice");
    await expect(
      harness.engine.challenges.enroll(token, MAIL, { email: "mallory@mail.example" }),
    ).rejects.toMatchObject({ reason: "request_invalid" });
    await harness.engine.challenges.enroll(token, MAIL, {});
    expect(harness.mails.map(({ to }) => to)).toEqual(["alice@mail.example"]);
  });
});

describe("recovery codes that were used up", () => {
  it("are none: their owner enrols anew, and gets new ones", async () => {
    const harness = createHarness();
    const { challenges, authenticators } = harness.engine;
    const enroll = async (token: string | undefined): Promise<readonly string[]> => {
      const { secret: shared = "" } = await challenges.enroll(token, "AUTHENTICATOR_APP", {});
      const { recoveryCodes = [] } = await challenges.verify(
        token,
        "AUTHENTICATOR_APP",
        codeAt(shared, harness.clock.now()),
      );
      return recoveryCodes;
    };
    const codes = await enroll((await track(harness.engine, "alice")).token);
    const [app] = await authenticators.list("alice");
    await authenticators.remove("alice", app?.userAuthenticatorId ?? "");
    let result: string | undefined;
    for (const code of codes) {
      const { token } = await track(harness.engine, "alice");
      result = (await challenges.verify(token, "RECOVERY_CODE", code)).accessToken;
    }
    await expect(authenticators.list("alice")).resolves.toEqual([]);
    await expect(enroll(result)).resolves.toHaveLength(codes.length);
  });

  it("are void once an app was enrolled anew", async () => {
    const harness = createHarness();
    const { challenges } = harness.engine;
    await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice", "withdraw-funds", { scope: "add:authenticators" });
    const { secret: shared = "" } = await challenges.enroll(token, "AUTHENTICATOR_APP", {});
    const { recoveryCodes = [] } = await challenges.verify(
      token,
      "AUTHENTICATOR_APP",
      codeAt(shared, harness.clock.now()),
    );
    expect(recoveryCodes).toHaveLength(8);
    await expect(challenges.verify(token, "RECOVERY_CODE", recoveryCodes[0])).resolves.toMatchObject({
      isVerified: true,
    });
  });
});

describe("recovery codes", () => {
  async function enrollWithCodes(harness: Harness): Promise<readonly string[]> {
    const { token } = await track(harness.engine, "alice");
    const { secret: shared = "" } = await harness.engine.challenges.enroll(token, APP, {});
    const { recoveryCodes = [] } = await harness.engine.challenges.verify(
      token,
      APP,
      codeAt(shared, harness.clock.now()),
    );
    return recoveryCodes;
  }

  it("come with the first authenticator app, and each is accepted once", async () => {
    const harness = createHarness();
    const codes = await enrollWithCodes(harness);
    expect(new Set(codes)).toHaveLength(8);
    for (const [code, isVerified] of [
      [codes[0], true],
      [codes[0], false],
      [codes[1]?.toLowerCase().replaceAll("-", " "), true],
    ] as const) {
      const { token } = await track(harness.engine, "alice");
      await expect(harness.engine.challenges.verify(token, "RECOVERY_CODE", code)).resolves.toMatchObject({
        isVerified,
      });
    }
  });

  it("are accepted once of many at once, and one does not undo the use of another", async () => {
    const harness = createHarness({ store: remote() });
    const codes = await enrollWithCodes(harness);
    const tokens = await Promise.all(Array.from({ length: 4 }, () => track(harness.engine, "alice")));
    const answers = await Promise.all(
      [codes[0], codes[0], codes[1], codes[1]].map((code, index) =>
        harness.engine.challenges.verify(tokens[index]?.token, "RECOVERY_CODE", code),
      ),
    );
    expect(answers.filter(({ isVerified }) => isVerified)).toHaveLength(2);
  });

  it("are no enrolment, and are refused by an action that does not list them", async () => {
    const harness = createHarness();
    const codes = await enrollWithCodes(harness);
    const [app] = await harness.engine.authenticators.list("alice");
    const { token } = await track(harness.engine, "alice", "change-password");
    await expect(harness.engine.challenges.verify(token, "RECOVERY_CODE", codes[0])).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
    await harness.engine.authenticators.remove("alice", app?.userAuthenticatorId ?? "");
    await expect(track(harness.engine, "alice")).resolves.toMatchObject({ isEnrolled: false });
  });
});

describe("which method will do", () => {
  it("T17: a method that the action does not accept is refused, though enrolled", async () => {
    const harness = createHarness();
    await enrollApp(harness, "alice");
    const token = await mailReady(harness, "change-password");
    await expect(harness.engine.challenges.send(token, MAIL)).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
    await expect(harness.engine.challenges.verify(token, MAIL, "123456")).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
    expect(harness.mails).toEqual([]);
  });

  it("T17: what an action accepts is fixed when it is decided", async () => {
    const harness = createHarness();
    const token = await mailReady(harness, "change-password");
    await harness.engine.reloadPolicy({ actions: { "change-password": { defaultOutcome: "CHALLENGE" } } });
    await expect(harness.engine.challenges.send(token, MAIL)).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
  });

  it("T17: a rule narrows what the action accepts", async () => {
    const harness = createHarness({
      policy: {
        actions: {
          pay: {
            defaultOutcome: "CHALLENGE",
            verificationMethods: [APP, MAIL],
            rules: [
              {
                ruleId: "large",
                name: "Large",
                priority: 1,
                type: "CHALLENGE",
                conditions: { ">": [{ var: "custom.amount" }, 100] },
                verificationMethods: [APP],
              },
            ],
          },
        },
        dataPoints: [{ name: "amount", type: "decimal" }],
      },
    });
    await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "a@mail.example" });
    const small = await track(harness.engine, "alice", "pay", { custom: { amount: "1" } });
    const large = await track(harness.engine, "alice", "pay", { custom: { amount: "101" } });
    expect([small.isEnrolled, large.isEnrolled]).toEqual([true, false]);
    await harness.engine.challenges.send(small.token, MAIL);
    await expect(harness.engine.challenges.send(large.token, MAIL)).rejects.toMatchObject({
      reason: "verification_method_not_allowed",
    });
  });

  it.each(["SMS", "constructor", "__proto__"])("%s is not offered", async (method) => {
    const harness = createHarness();
    const token = await mailReady(harness);
    await expect(harness.engine.challenges.verify(token, method, "123456")).rejects.toMatchObject({
      reason: "verification_method_unknown",
    });
  });

  it("T9: a challenge that is over takes no more answers", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const { token, key } = await track(harness.engine, "alice");
    await harness.engine.actions.transition(key, { state: "CHALLENGE_FAILED", actor: "operator" });
    await expect(
      harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now())),
    ).rejects.toMatchObject({ reason: "challenge_not_open" });
  });
});

describe("two answers at once", () => {
  it("T5: complete a challenge once, though both are right and of two methods", async () => {
    const harness = createHarness({ store: remote() });
    const shared = await enrollApp(harness, "alice");
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    const answers = await Promise.allSettled([
      harness.engine.challenges.verify(token, APP, codeAt(shared, harness.clock.now())),
      harness.engine.challenges.verify(token, MAIL, lastCode(harness)),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(answers.find((answer) => answer.status === "rejected")?.reason).toMatchObject({
      message: "challenge_not_open: The challenge is no longer open.",
    });
    // The other one was of the enrolment.
    expect(harness.events.filter(({ state }) => state === "CHALLENGE_SUCCEEDED")).toHaveLength(2);
  });

  /** A store in which others are always faster to change an authenticator. */
  function contended(stays: boolean): { store: Store; asked: string[] } {
    const store = createMemoryStore();
    const asked: string[] = [];
    let isUsed = false;
    return {
      asked,
      store: {
        ...store,
        updateAuthenticator: async () => {
          asked.push("update");
          isUsed = true;
          return undefined;
        },
        listAuthenticators: async (userId) => (isUsed && !stays ? [] : store.listAuthenticators(userId)),
      },
    };
  }

  it("T8: are judged anew three times, when others keep changing the authenticator, and then refused", async () => {
    const { store, asked } = contended(true);
    const harness = createHarness({ store });
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toEqual({
      isVerified: false,
      failureReason: "CODE_INVALID_OR_EXPIRED",
    });
    expect(asked).toHaveLength(3);
  });

  it("T8: are refused when the authenticator is removed meanwhile", async () => {
    const { store, asked } = contended(false);
    const harness = createHarness({ store });
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: false,
    });
    expect(asked).toHaveLength(1);
  });

  it("F30: a review that another ends meanwhile is found as it is then", async () => {
    const store = createMemoryStore();
    const harness = createHarness({ store: { ...store, transition: async () => undefined } });
    const { key } = await track(harness.engine, "alice", "close-account");
    harness.clock.advance(30 * 24 * 60 * minute);
    await expect(harness.engine.actions.find(key)).resolves.toMatchObject(key);
  });
});

describe("guessing", () => {
  it("T20: evaluates 5 of 200 wrong codes at once over 50 sessions, then locks", async () => {
    const harness = createHarness({ store: remote() });
    const shared = await enrollApp(harness, "alice");
    const sessions = await Promise.all(Array.from({ length: 50 }, () => track(harness.engine, "alice")));
    const code = codeAt(shared, harness.clock.now());
    const wrong = otherThan(code);
    await Promise.allSettled(
      Array.from({ length: 200 }, (_, index) =>
        harness.engine.challenges.verify(sessions[index % 50]?.token, APP, wrong),
      ),
    );
    expect(count(harness.events, "answer_wrong")).toBe(5);
    expect(count(harness.events, "too_many_attempts")).toBe(195);
    await expect(harness.engine.challenges.verify(sessions[0]?.token, APP, code)).rejects.toMatchObject({
      reason: "too_many_attempts",
      status: 429,
      retryAfterSeconds: 15 * 60,
    });
  });

  it("T20: the lock ends with its window", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const wrong = otherThan(codeAt(shared, harness.clock.now()));
    for (let guess = 0; guess < 5; guess++) await harness.engine.challenges.verify(token, APP, wrong);
    harness.clock.advance(15 * minute);
    const later = await track(harness.engine, "alice");
    await expect(
      harness.engine.challenges.verify(later.token, APP, codeAt(shared, harness.clock.now())),
    ).resolves.toMatchObject({ isVerified: true });
  });

  it("T21: a new code does not bring new attempts", async () => {
    const harness = createHarness();
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    for (let guess = 0; guess < 4; guess++) {
      await harness.engine.challenges.verify(token, MAIL, otherThan(lastCode(harness)));
    }
    await harness.engine.challenges.send(token, MAIL);
    await harness.engine.challenges.verify(token, MAIL, otherThan(lastCode(harness)));
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).rejects.toMatchObject({
      reason: "too_many_attempts",
    });
  });

  it("T21: sends are limited, over all actions", async () => {
    const harness = createHarness();
    await mailReady(harness);
    for (let sent = 0; sent < 5; sent++) {
      const { token } = await track(harness.engine, "alice");
      await harness.engine.challenges.send(token, MAIL);
    }
    const { token } = await track(harness.engine, "alice");
    await expect(harness.engine.challenges.send(token, MAIL)).rejects.toMatchObject({
      message: "too_many_sends: Too many codes were sent. Wait.",
      retryAfterSeconds: expect.any(Number),
    });
    expect(harness.mails).toHaveLength(5);
  });

  it("T21: one user's sends do not use up another's", async () => {
    const harness = createHarness();
    for (const user of ["alice", "bob"]) {
      const verificationMethod = MAIL;
      await harness.engine.authenticators.enrollVerified(user, { verificationMethod, email: `${user}@mail.example` });
      for (let sent = 0; sent < 5; sent++) {
        await harness.engine.challenges.send((await track(harness.engine, user)).token, MAIL);
      }
    }
    expect(harness.mails).toHaveLength(10);
  });

  it("T23: who claims another's address does not keep its owner from codes", async () => {
    const harness = createHarness();
    const token = await mailReady(harness);
    for (let account = 0; account < 6; account++) {
      const { token: stranger } = await track(harness.engine, `mallory-${account}`);
      await harness.engine.challenges.enroll(stranger, MAIL, { email: "alice@mail.example" }).catch(() => undefined);
    }
    expect(harness.mails).toHaveLength(5);
    await harness.engine.challenges.send(token, MAIL);
    expect(harness.mails).toHaveLength(6);
  });

  it("T23: a code to a proved address counts for none that claims it", async () => {
    const harness = createHarness();
    for (let sent = 0; sent < 5; sent++) await harness.engine.challenges.send(await mailReady(harness), MAIL);
    const { token } = await track(harness.engine, "bob");
    await harness.engine.challenges.enroll(token, MAIL, { email: "alice@mail.example" });
    expect(harness.mails).toHaveLength(6);
  });

  it("codes to one address do not use up those to another", async () => {
    const harness = createHarness();
    for (let account = 0; account < 8; account++) {
      const { token } = await track(harness.engine, `user-${account}`);
      await harness.engine.challenges.enroll(token, MAIL, { email: `user-${account}@mail.example` });
    }
    expect(harness.mails).toHaveLength(8);
  });

  it("T21: beginning an enrolment again brings neither attempts nor sends", async () => {
    const harness = createHarness();
    const { token } = await track(harness.engine, "alice");
    for (let begun = 0; begun < 5; begun++) {
      await harness.engine.challenges.enroll(token, MAIL, { email: `alice${begun}@mail.example` });
      await harness.engine.challenges.verify(token, MAIL, otherThan(lastCode(harness)));
    }
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).rejects.toMatchObject({
      reason: "too_many_attempts",
    });
    await expect(harness.engine.challenges.enroll(token, MAIL, { email: "a@mail.example" })).rejects.toMatchObject({
      reason: "too_many_sends",
    });
  });

  it("an address that nobody has proved is not flooded from many accounts", async () => {
    const harness = createHarness();
    for (let account = 0; account < 8; account++) {
      const { token } = await track(harness.engine, `mallory-${account}`);
      await harness.engine.challenges
        .enroll(token, MAIL, { email: account % 2 ? "Victim@mail.example" : "victim@mail.example" })
        .catch(() => undefined);
    }
    expect(harness.mails).toHaveLength(5);
  });

  it("T19: a lock holds for every way in: other actions, resends, the enrolment's count apart", async () => {
    const harness = createHarness();
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    for (let guess = 0; guess < 5; guess++) {
      await harness.engine.challenges.verify(token, MAIL, otherThan(lastCode(harness)));
    }
    const { token: other } = await track(harness.engine, "alice", "read-mail");
    await harness.engine.challenges.send(other, MAIL);
    await expect(harness.engine.challenges.verify(other, MAIL, lastCode(harness))).rejects.toMatchObject({
      reason: "too_many_attempts",
    });
  });

  it("T22: a wrong code counts, whatever fails after it", async () => {
    const verbs = new Set<string>();
    const harness = createHarness({ store: failing(createMemoryStore(), verbs) });
    const shared = await enrollApp(harness, "alice");
    const { token } = await track(harness.engine, "alice");
    const code = codeAt(shared, harness.clock.now());
    verbs.add("appendEvent");
    for (let guess = 0; guess < 5; guess++) {
      await expect(harness.engine.challenges.verify(token, APP, otherThan(code))).rejects.toThrow("out of reach");
    }
    verbs.clear();
    await expect(harness.engine.challenges.verify(token, APP, code)).rejects.toMatchObject({
      reason: "too_many_attempts",
    });
  });

  it("T23: a lock is per authenticator: the other one still works", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    const token = await mailReady(harness);
    const wrong = otherThan(codeAt(shared, harness.clock.now()));
    for (let guess = 0; guess < 6; guess++)
      await harness.engine.challenges.verify(token, APP, wrong).catch(() => undefined);
    await harness.engine.challenges.send(token, MAIL);
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it("T23: one user's wrong codes of an enrolment lock neither another's enrolment nor their own authenticator", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "mallory");
    const granted = await track(harness.engine, "mallory", "withdraw-funds", { scope: "add:authenticators" });
    await harness.engine.challenges.enroll(granted.token, APP, {});
    for (let guess = 0; guess < 6; guess++) {
      await harness.engine.challenges.verify(granted.token, APP, "000000").catch(() => undefined);
    }
    await expect(harness.engine.challenges.verify(granted.token, APP, "000000")).rejects.toMatchObject({
      message: "too_many_attempts: Too many wrong answers. Wait, or use another method.",
    });
    const other = await track(harness.engine, "mallory");
    await expect(
      harness.engine.challenges.verify(other.token, APP, codeAt(shared, harness.clock.now())),
    ).resolves.toMatchObject({ isVerified: true });
    await expect(enrollApp(harness, "alice")).resolves.not.toBe("");
  });

  it("T23: one user's wrong codes do not lock another", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    await enrollApp(harness, "mallory");
    harness.clock.advance(minute);
    const { token } = await track(harness.engine, "mallory");
    for (let guess = 0; guess < 6; guess++) {
      await harness.engine.challenges.verify(token, APP, "000000").catch(() => undefined);
    }
    const own = await track(harness.engine, "alice");
    await expect(
      harness.engine.challenges.verify(own.token, APP, codeAt(shared, harness.clock.now())),
    ).resolves.toMatchObject({ isVerified: true });
  });

  it("T24: 50 failures of the store count as no attempt", async () => {
    const verbs = new Set<string>();
    const harness = createHarness({ store: failing(createMemoryStore(), verbs) });
    const token = await mailReady(harness);
    await harness.engine.challenges.send(token, MAIL);
    for (const verb of ["findAction", "listAuthenticators", "findChallenge", "countAttempt"]) {
      verbs.clear();
      verbs.add(verb);
      for (let fault = 0; fault < 13; fault++) {
        await expect(harness.engine.challenges.verify(token, MAIL, "000000")).rejects.toThrow("out of reach");
      }
    }
    verbs.clear();
    await expect(harness.engine.challenges.verify(token, MAIL, lastCode(harness))).resolves.toMatchObject({
      isVerified: true,
    });
  });

  it("a right answer brings the attempts back", async () => {
    const harness = createHarness();
    const shared = await enrollApp(harness, "alice");
    for (let round = 0; round < 3; round++) {
      harness.clock.advance(30_000);
      const { token } = await track(harness.engine, "alice");
      const code = codeAt(shared, harness.clock.now());
      for (let guess = 0; guess < 4; guess++) await harness.engine.challenges.verify(token, APP, otherThan(code));
      await expect(harness.engine.challenges.verify(token, APP, code)).resolves.toMatchObject({ isVerified: true });
    }
  });

  it("an authenticator is locked for good after 100 wrong answers in a row, until an operator unlocks it", async () => {
    const harness = createHarness({ limits: { attempts: 10, attemptWindowMs: minute } });
    const shared = await enrollApp(harness, "alice");
    for (let window = 0; window < 10; window++) {
      const { token } = await track(harness.engine, "alice");
      const wrong = otherThan(codeAt(shared, harness.clock.now()));
      for (let guess = 0; guess < 10; guess++) {
        await harness.engine.challenges.verify(token, APP, wrong).catch(() => undefined);
      }
      harness.clock.advance(minute);
    }
    harness.clock.advance(30 * 24 * 60 * minute);
    const { token } = await track(harness.engine, "alice");
    const code = codeAt(shared, harness.clock.now());
    await expect(harness.engine.challenges.verify(token, APP, code)).rejects.toMatchObject({
      reason: "too_many_attempts",
      retryAfterSeconds: undefined,
    });
    const [app] = await harness.engine.authenticators.list("alice");
    await harness.engine.authenticators.unlock("alice", app?.userAuthenticatorId ?? "");
    await expect(harness.engine.challenges.verify(token, APP, code)).resolves.toMatchObject({ isVerified: true });
  });
});

describe("100 wrong answers of enrolments", () => {
  it("T23: lock the method's enrolment for 30 days, and not for ever, as no operator could unlock it", async () => {
    const harness = createHarness({ limits: { attempts: 10, attemptWindowMs: minute } });
    const begin = async () => {
      const { token } = await track(harness.engine, "alice");
      const { secret: shared = "" } = await harness.engine.challenges.enroll(token, APP, {});
      return { token, code: codeAt(shared, harness.clock.now()) };
    };
    for (let window = 0; window < 10; window++) {
      const { token, code } = await begin();
      for (let guess = 0; guess < 10; guess++) await harness.engine.challenges.verify(token, APP, otherThan(code));
      harness.clock.advance(minute);
    }
    const locked = await begin();
    await expect(harness.engine.challenges.verify(locked.token, APP, locked.code)).rejects.toMatchObject({
      reason: "too_many_attempts",
      retryAfterSeconds: (30 * 24 * 60 - 10) * 60,
    });
    harness.clock.advance(30 * 24 * 60 * minute);
    const open = await begin();
    await expect(harness.engine.challenges.verify(open.token, APP, open.code)).resolves.toMatchObject({
      isVerified: true,
    });
  });
});

describe("what is told", () => {
  it("T44: a wrong, an expired, a used and an unasked-for code get the same answer", async () => {
    const harness = createHarness({ limits: { challengeTokenLifetimeMs: 10 * minute } });
    const token = await mailReady(harness);
    const unasked = await harness.engine.challenges.verify(token, MAIL, "123456");
    await harness.engine.challenges.send(token, MAIL);
    const wrong = await harness.engine.challenges.verify(token, MAIL, otherThan(lastCode(harness)));
    harness.clock.advance(5 * minute);
    const expired = await harness.engine.challenges.verify(token, MAIL, lastCode(harness));
    expect(new Set([unasked, wrong, expired].map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it("T46: no code, token or secret is in any event, error or record", async () => {
    const store = createMemoryStore();
    const seen: unknown[] = [];
    const harness = createHarness({ store, onEvent: (event) => void seen.push(event) });
    const { engine, clock } = harness;
    const canaries: string[] = [secret];
    const note = async (call: Promise<unknown>) => {
      try {
        await call;
      } catch (error) {
        seen.push(JSON.stringify(error), String(error), (error as Error).stack);
      }
    };

    const { token: first } = await track(engine, "alice", "withdraw-funds", { email: "alice@mail.example" });
    const { secret: shared = "" } = await engine.challenges.enroll(first, APP, {});
    const code = codeAt(shared, clock.now());
    const { recoveryCodes = [], accessToken: byEnrolment = "" } = await engine.challenges.verify(first, APP, code);
    const { token, key } = await track(engine, "alice", "withdraw-funds", { email: "alice@mail.example" });
    await note(engine.challenges.enroll(token, MAIL, {}));
    await note(engine.challenges.verify(token, APP, code));
    await note(engine.challenges.verify(`${token}x`, APP, code));
    await engine.authenticators.enrollVerified("alice", { verificationMethod: MAIL, email: "alice@mail.example" });
    await engine.challenges.send(token, MAIL);
    for (let guess = 0; guess < 6; guess++)
      await note(engine.challenges.verify(token, MAIL, otherThan(lastCode(harness))));
    clock.advance(30_000);
    const next = codeAt(shared, clock.now());
    const { accessToken = "" } = await engine.challenges.verify(token, APP, next);
    canaries.push(first, byEnrolment, token, shared, code, next, accessToken, lastCode(harness), ...recoveryCodes);

    const records = [
      await store.listEvents({ limit: 1000 }),
      await store.listAuthenticators("alice"),
      await store.findAction(key),
      (await store.listAuthenticators("alice")).map(({ userAuthenticatorId }) => userAuthenticatorId),
    ];
    const events = JSON.stringify([seen, await store.listEvents({ limit: 1000 })]);
    const text = JSON.stringify([seen, records]);
    for (const canary of canaries) {
      expect(canary.length).toBeGreaterThan(5);
      expect(text.includes(canary), "a canary was found").toBe(false);
    }
    expect(events).not.toContain(key.idempotencyKey);
    expect(events).not.toContain("alice@mail.example");
  });
});
