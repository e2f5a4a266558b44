import { VerificationMethod } from "@authsignal/node";
import { createMemoryStore, type Store } from "@require-action/engine";
import { type AuditEvent } from "@require-action/engine/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHarness, type Harness, minute, refusal } from "./harness.ts";

const email = "alice@bank.example";
const phoneNumber = "+6421000000";
const bySms = { verificationMethod: VerificationMethod.SMS as never, phoneNumber };
const byEmail = { verificationMethod: VerificationMethod.EMAIL_OTP as never, email };
let harness: Harness;
beforeEach(async () => {
  harness = await createHarness();
});
afterEach(() => harness.close());

const begin = async (request: object): Promise<string> =>
  (await harness.sdk.challenge({ action: "withdraw-funds", ...request } as never)).challengeId;
const lastCode = (): string => harness.messages.at(-1)?.code ?? "";
const otherThan = (code: string): string => (code === "000000" ? "000001" : "000000");
const verify = (challengeId: string, verificationCode: string) => harness.sdk.verify({ challengeId, verificationCode });

async function verified(request: object): Promise<string> {
  const challengeId = await begin(request);
  expect(await verify(challengeId, lastCode())).toMatchObject({ isVerified: true });
  return challengeId;
}

/** The events of code challenges, oldest first. */
async function auditOf(): Promise<readonly AuditEvent[]> {
  const { items } = await harness.engine.audit.query();
  return items.filter(({ type }) => type.startsWith("challenge.")).reverse();
}

describe("the audit trail of code challenges", () => {
  it.each([
    ["of a user", { userId: "alice" }],
    ["of nobody yet", {}],
  ])("names what became of a code %s, and why it was refused", async (_whose, owner) => {
    // Another process takes the right answer first, once.
    let isFirst = true;
    const store = createMemoryStore();
    const takeChallenge: Store["takeChallenge"] = async (record) => {
      if (!isFirst) return store.takeChallenge(record);
      isFirst = false;
      return false;
    };
    await harness.close();
    harness = await createHarness({ store: { ...store, takeChallenge } });
    const challengeId = await begin({ ...byEmail, ...owner });
    const code = lastCode();
    for (const answer of [otherThan(code), code, code]) await verify(challengeId, answer);
    const event = {
      at: harness.clock.now(),
      action: "withdraw-funds",
      verificationMethod: "EMAIL_OTP",
      userId: undefined,
      ...owner,
    };
    const events = await auditOf();
    expect(events.some((one) => "userId" in one)).toBe("userId" in owner);
    expect(
      events.map(({ at, action, verificationMethod, userId }) => ({ at, action, verificationMethod, userId })),
    ).toEqual(events.map(() => event));
    expect(events.map(({ type, reason }) => [type, reason])).toEqual([
      ["challenge.sent", undefined],
      ["challenge.refused", "answer_wrong"],
      ["challenge.refused", "answer_used"],
      ["challenge.verified", undefined],
    ]);
  });

  it("says that there were too many attempts", async () => {
    const challengeId = await begin(byEmail);
    for (let guess = 0; guess < 6; guess++) await verify(challengeId, otherThan(lastCode()));
    expect((await auditOf()).at(-1)).toMatchObject({ type: "challenge.refused", reason: "too_many_attempts" });
  });
});

describe("the message with a code", () => {
  it.each([
    ["a user", { userId: "alice" }, "alice"],
    ["nobody yet", {}, ""],
  ])("says all that a delivery needs, for %s", async (_whose, owner, userId) => {
    await begin({ ...byEmail, ...owner, locale: "en" });
    expect(harness.messages).toEqual([
      {
        to: email,
        code: expect.stringMatching(/^\d{6}$/),
        purpose: "challenge",
        userId,
        action: "withdraw-funds",
        idempotencyKey: expect.stringMatching(/^[\da-f-]{36}$/),
        ipAddress: undefined,
        userAgent: undefined,
        custom: {},
        expiresAt: harness.clock.now() + 5 * minute,
        locale: "en",
      },
    ]);
  });
});

describe("a challenge that is not open", () => {
  it("is not sent anew, whether it is verified, unknown or ended", async () => {
    const ended = await begin(byEmail);
    harness.clock.advance(5 * minute);
    for (const challengeId of [await verified(byEmail), ended, "unknown"]) {
      expect(await refusal(begin({ challengeId }))).toEqual({
        status: 400,
        code: "invalid_request",
        description: "challengeId is not one of an open challenge.",
      });
    }
    expect(harness.messages).toHaveLength(2);
  });

  it("cannot be begun by a method that nothing sends", async () => {
    await harness.close();
    harness = await createHarness({ server: { delivery: { sendEmail: () => {} } } });
    expect(await refusal(begin(bySms))).toMatchObject({ status: 400, description: "Nothing here sends such codes." });
  });
});

describe("a claim", () => {
  it("is the backend's doing in the trail of its action", async () => {
    await harness.sdk.claimChallenge({ challengeId: await verified(byEmail), userId: "alice" });
    const { items } = await harness.engine.audit.query();
    expect(items).toContainEqual(
      expect.objectContaining({ userId: "alice", actor: "backend", verificationMethod: "EMAIL_OTP" }),
    );
  });
});

describe("a telephone", () => {
  const claim = (challengeId: string) => harness.sdk.claimChallenge({ challengeId, userId: "alice" });
  const alice = () => harness.sdk.getUser({ userId: "alice" });

  it("is the user's once they have claimed a code that was sent to it", async () => {
    expect(await claim(await verified(bySms))).toMatchObject({ verificationMethod: "SMS" });
    const user = await alice();
    expect(user).toMatchObject({ phoneNumber, phoneNumberVerified: true });
    expect(user).not.toHaveProperty("email");
    // The mailbox is another matter, and so is another telephone.
    expect(await claim(await verified(bySms))).toMatchObject({ verificationMethod: "SMS" });
    expect(await refusal(claim(await verified({ ...bySms, phoneNumber: "+6421000001" })))).toMatchObject({
      status: 403,
    });
    expect(await alice()).toMatchObject({ phoneNumber });
  });

  it("T17: that is not the user's own authenticator proves nothing for them", async () => {
    await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: "SMS", phoneNumber });
    expect(await refusal(claim(await verified({ ...bySms, phoneNumber: "+6421000001" })))).toMatchObject({
      status: 403,
    });
    expect(await refusal(claim(await verified(byEmail)))).toMatchObject({ status: 403 });
    expect(await claim(await verified(bySms))).toMatchObject({ verificationMethod: "SMS" });
  });
});

describe("a refused claim", () => {
  it("says what is wrong with it", async () => {
    const claim = (challengeId: string) => harness.sdk.claimChallenge({ challengeId, userId: "alice" });
    expect(await refusal(claim("unknown"))).toEqual({
      status: 401,
      code: "unauthorized",
      description: "The challenge is not one that can be claimed: it is unknown, not verified, claimed, or expired.",
    });
    const tooWeak = await verified({ ...byEmail, action: "change-password" });
    // Nor is it used up by that, or the second claim would be refused as one that is claimed.
    for (let claimed = 0; claimed < 2; claimed++) {
      expect((await refusal(claim(tooWeak))).description).toBe("The action does not accept this method.");
    }
  });
});
