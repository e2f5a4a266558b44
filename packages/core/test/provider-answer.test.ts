import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseGetActionAnswer, parseTrackAnswer, parseValidateChallengeAnswer } from "../src/provider.ts";

describe("an answer that is believed", () => {
  it("to track is complete, without what nobody asked for", () => {
    const answer = {
      state: "CHALLENGE_REQUIRED",
      idempotencyKey: "key",
      token: "token",
      url: "https://challenge.example/",
      isEnrolled: true,
      enrolledVerificationMethods: ["PASSKEY"],
      allowedVerificationMethods: ["PASSKEY"],
      defaultVerificationMethod: "PASSKEY",
      outcome: "CHALLENGE",
      tokenExpiresAt: 1_767_225_600_000,
      ruleIds: ["rule"],
    };
    expect(parseTrackAnswer({ ...answer, more: "of it" }, "key")).toEqual(answer);
  });

  it("says REVIEW_REQUIRED where it said REVIEW", () => {
    const answer = { state: "REVIEW", idempotencyKey: "key", isEnrolled: true, outcome: "REVIEW" };
    expect(parseTrackAnswer(answer, "key").state).toBe("REVIEW_REQUIRED");
    expect(parseGetActionAnswer({ state: "REVIEW" })).toEqual({ state: "REVIEW_REQUIRED" });
    expect(parseValidateChallengeAnswer({ isValid: false, state: "REVIEW" }).state).toBe("REVIEW_REQUIRED");
  });

  it("to validateChallenge may be a plain no", () => {
    expect(parseValidateChallengeAnswer({ isValid: false })).toEqual({ isValid: false });
  });

  it("to getAction may be that there is none", () => expect(parseGetActionAnswer(undefined)).toBeUndefined());
});

describe("T33: an answer that is not believed", () => {
  it("is told by the place of its mistake, and never quoted", () => {
    const canary = "canary-4711";
    const wrong = [
      () => parseTrackAnswer({ state: canary, idempotencyKey: canary, isEnrolled: true }, "key"),
      () => parseTrackAnswer({ state: "ALLOW", idempotencyKey: canary, isEnrolled: true }, "key"),
      () => parseTrackAnswer({ state: "ALLOW", idempotencyKey: "key", isEnrolled: canary }, "key"),
      () => parseTrackAnswer(canary, "key"),
      () => parseValidateChallengeAnswer({ isValid: canary }),
      () => parseGetActionAnswer({ state: canary }),
    ];
    for (const parse of wrong) {
      expect(parse).toThrow(
        expect.objectContaining({
          code: "provider_answer_invalid",
          status: 503,
          message: expect.not.stringContaining(canary),
        }),
      );
    }
  });
});

describe("T33: an answer of ALLOW that is read by hand", () => {
  const texts = fc.oneof(fc.constant([]), fc.constant(["PASSKEY"]), fc.constant([7]), fc.constant("PASSKEY"));
  const answers = fc.record(
    {
      state: fc.constantFrom("ALLOW", "BLOCK", "REVIEW", 7),
      idempotencyKey: fc.constantFrom("key", "another", "", 7),
      isEnrolled: fc.constantFrom(true, false, "true", undefined),
      enrolledVerificationMethods: texts,
      allowedVerificationMethods: texts,
      ruleIds: texts,
      outcome: fc.constantFrom("ALLOW", "CHALLENGE", undefined, 7),
      token: fc.constantFrom("token", "", undefined),
      rememberedDeviceId: fc.constantFrom("device", "", undefined),
      receipt: fc.constantFrom("receipt", "", 7, undefined),
      recordsExecution: fc.constantFrom(true, false, "true", undefined),
    },
    { requiredKeys: ["state", "idempotencyKey", "isEnrolled"] },
  );
  const outcomeOf = (answer: object): unknown => {
    try {
      return { ...parseTrackAnswer(answer, "key") };
    } catch (error) {
      return (error as Error).message;
    }
  };
  const withMore = (answer: object): object => ({ ...answer, unknown: "member" });

  it("is what the schema makes of it, which judges what has a member more", () => {
    fc.assert(
      fc.property(answers, (answer) => {
        expect(outcomeOf(answer)).toEqual(outcomeOf(withMore(answer)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is believed, when nothing is wrong with it", () => {
    const answer = {
      state: "ALLOW",
      idempotencyKey: "key",
      isEnrolled: false,
      enrolledVerificationMethods: [],
      allowedVerificationMethods: ["PASSKEY"],
      ruleIds: [],
      outcome: "ALLOW",
    };
    expect(outcomeOf(answer)).toEqual(answer);
    expect(outcomeOf({ ...answer, outcome: "BLOCK" })).toMatch(
      /state other than its outcome's|answered something else/,
    );
  });
});
