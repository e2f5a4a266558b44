import type { TrackAnswer } from "@require-action/core/provider";
import { expect } from "vitest";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { addressOf, freshKey, patient, type ProviderHarness, track, trackInto } from "./provider-harness.ts";

const states: readonly TrackAnswer["state"][] = ["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"];

export const trackCases: readonly ConformanceCase<ProviderHarness>[] = [
  ...states.map((state): ConformanceCase<ProviderHarness> => ({
    title: `track ends in ${state}, and getAction returns the same state`,
    async run(harness) {
      const tracked = await trackInto(harness, state);
      expect((await harness.provider.getAction(addressOf(tracked), patient()))?.state).toBe(state);
    },
  })),
  {
    title: "a challenge comes with a token, for a user who is enrolled",
    async run(harness) {
      const { answer } = await trackInto(harness, "CHALLENGE_REQUIRED");
      expect(answer.token).toMatch(/^[\x21-\x7e]+$/);
      expect(answer.token!.length).toBeLessThanOrEqual(4096);
      expect(answer.isEnrolled).toBe(true);
    },
  },
  {
    title: "F33: a repeated key answers for the same action",
    async run(harness) {
      const subject = await harness.subject("CHALLENGE_REQUIRED");
      const key = freshKey();
      const first = await track(harness, subject, key);
      const again = await track(harness, subject, key);
      expect(again.answer.state).toBe(first.answer.state);
      await harness.completeChallenge(first);
      expect((await harness.provider.getAction(addressOf(again), patient()))?.state).toBe("CHALLENGE_SUCCEEDED");
    },
  },
  {
    title: "F33: two concurrent calls with the same key are one action",
    async run(harness) {
      const subject = await harness.subject("REVIEW_REQUIRED");
      const key = freshKey();
      const [first, second] = await Promise.all([track(harness, subject, key), track(harness, subject, key)]);
      expect(second.answer.state).toBe(first.answer.state);
      await harness.review(first, "approve");
      expect((await harness.provider.getAction(addressOf(second), patient()))?.state).toBe("REVIEW_SUCCEEDED");
    },
  },
  {
    title: "concurrent calls each get their own answer",
    async run(harness) {
      // `track` expects the key that it sent.
      await Promise.all(Array.from({ length: 20 }, async () => track(harness, await harness.subject("ALLOW"))));
    },
  },
];
