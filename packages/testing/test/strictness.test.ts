import { ConfigurationError } from "@require-action/core";
import type { TrackRequest } from "@require-action/core/provider";
import { beforeEach, describe, expect, it } from "vitest";
import { createManualClock, createScriptedProvider, type ScriptedProvider } from "../src/index.ts";

const options = { signal: new AbortController().signal };
const withdraw = (idempotencyKey: string): TrackRequest => ({
  userId: "alice",
  action: "withdraw-funds",
  attributes: { idempotencyKey },
});

let provider: ScriptedProvider;
beforeEach(() => {
  provider = createScriptedProvider();
});

// Each of these is what a slip of the pen makes of a test: types do not see it in JavaScript.
const slips: readonly (readonly [call: string, slip: () => unknown, problem: string])[] = [
  ["answer", () => provider.answer("CHALLENGE" as "ALLOW"), 'did you mean "CHALLENGE_REQUIRED"?'],
  ["answer", () => provider.answer("CHALLENGE_SUCCEEDED" as "ALLOW"), "state: must be one of"],
  ["answer", () => provider.answer(undefined as never), "state: is required"],
  ["answerNext", () => provider.answerNext({ state: "BLOCKED" as "BLOCK" }), 'did you mean "BLOCK"?'],
  ["answerNext", () => provider.answerNext({ state: "ALLOW", isEnroled: true } as never), "did you mean isEnrolled?"],
  ["answer", () => provider.answer({ state: "ALLOW", isEnrolled: "yes" as never }), "isEnrolled"],
  ["answer", () => provider.answer({ state: "ALLOW", outcome: "BLOCK" }), "is refused by every guard"],
  ["override", () => provider.override("trak" as "track", () => "<html>"), 'did you mean "track"?'],
  ["override", () => provider.override("track", "<html>" as never), "answer: must be a function"],
  ["review", () => provider.review("k1", "approved" as "approve"), 'did you mean "approve"?'],
  ["completeChallenge", () => provider.completeChallenge("k1", { method: "PASSKEY" } as never), "is not an option"],
  [
    "completeChallenge",
    () => provider.completeChallenge("k1", { verificationMethod: "PASKEY" as "PASSKEY" }),
    'did you mean "PASSKEY"?',
  ],
  [
    "createScriptedProvider",
    () => createScriptedProvider({ clok: createManualClock() } as never),
    "did you mean clock?",
  ],
  ["createScriptedProvider", () => createScriptedProvider({ clock: Date as never }), "clock"],
  ["createManualClock", () => createManualClock(new Date() as never), "whole milliseconds"],
  ["createManualClock", () => createManualClock(Number.NaN), "whole milliseconds"],
  ["advance", () => createManualClock().advance(-1), "whole milliseconds"],
  ["advance", () => createManualClock().advance("60" as never), "whole milliseconds"],
  ["advance", () => createManualClock().advance(Number.POSITIVE_INFINITY), "whole milliseconds"],
  ["setBack", () => createManualClock(5).setBack(6), "whole milliseconds"],
];

describe("C30: a double refuses a slip in", () => {
  it.each(slips)("%s (%#)", (call, slip, problem) => {
    expect(slip).toThrow(ConfigurationError);
    expect(slip).toThrow(`${call}: `);
    expect(slip).toThrow(problem);
  });
});

describe("C30: a scripted provider does nothing that no provider does", () => {
  it("answers with no state that a function made up", async () => {
    provider.answer((() => "CHALLENGE") as never);
    await expect(provider.track(withdraw("k1"), options)).rejects.toThrow('did you mean "CHALLENGE_REQUIRED"?');
  });

  it("hands out no token twice", async () => {
    provider.answer({ state: "CHALLENGE_REQUIRED", token: "t" });
    await provider.track(withdraw("k1"), options);
    await expect(provider.track(withdraw("k2"), options)).rejects.toThrow("handed out before");
  });

  it("lets no method complete a challenge that does not allow it", async () => {
    provider.answer({ state: "CHALLENGE_REQUIRED", allowedVerificationMethods: ["PASSKEY"] });
    await provider.track(withdraw("k1"), options);
    expect(() => provider.completeChallenge("k1", { verificationMethod: "SMS" })).toThrow("allows PASSKEY, not SMS");
    expect(() => provider.completeChallenge("k1")).toThrow("not AUTHENTICATOR_APP");
    provider.completeChallenge("k1", { verificationMethod: "PASSKEY" });
  });
});

it("moves a clock by whole milliseconds, and back when that is said", () => {
  const clock = createManualClock(1_000);
  clock.advance(500);
  expect(clock.now()).toBe(1_500);
  clock.setBack(1_500);
  expect(clock.now()).toBe(0);
});
