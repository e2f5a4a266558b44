import { parseGetActionAnswer } from "@require-action/core/provider";
import { expect } from "vitest";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import {
  addressOf,
  freshKey,
  patient,
  type ProviderHarness,
  type TrackedAction,
  trackInto,
} from "./provider-harness.ts";

export const getActionCases: readonly ConformanceCase<ProviderHarness>[] = [
  {
    title: "an action that was never tracked is undefined",
    async run(harness) {
      const tracked = await trackInto(harness, "REVIEW_REQUIRED");
      const stranger = await harness.subject("ALLOW");
      const address = addressOf(tracked);
      const get = (other: object) => harness.provider.getAction({ ...address, ...other }, patient());
      expect(await get({ idempotencyKey: freshKey() })).toBeUndefined();
      expect(await get({ userId: stranger.userId })).toBeUndefined();
      expect(await get({ action: stranger.action })).toBeUndefined();
    },
  },
  {
    title: "a completed challenge is CHALLENGE_SUCCEEDED, with its verification method",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      await harness.completeChallenge(tracked);
      expect(await stateOf(harness, tracked)).toMatchObject({
        state: "CHALLENGE_SUCCEEDED",
        verificationMethod: expect.any(String),
      });
    },
  },
  {
    title: "a failed challenge is CHALLENGE_FAILED",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      await harness.failChallenge(tracked);
      expect(await stateOf(harness, tracked)).toMatchObject({ state: "CHALLENGE_FAILED" });
    },
  },
  {
    title: "a review is REVIEW_SUCCEEDED once approved and REVIEW_FAILED once rejected",
    async run(harness) {
      const approved = await trackInto(harness, "REVIEW_REQUIRED");
      const rejected = await trackInto(harness, "REVIEW_REQUIRED");
      await harness.review(approved, "approve");
      await harness.review(rejected, "reject");
      expect(await stateOf(harness, approved)).toMatchObject({ state: "REVIEW_SUCCEEDED" });
      expect(await stateOf(harness, rejected)).toMatchObject({ state: "REVIEW_FAILED" });
    },
  },
];

async function stateOf({ provider }: ProviderHarness, tracked: TrackedAction): Promise<unknown> {
  const answer = await provider.getAction(addressOf(tracked), patient());
  expect(parseGetActionAnswer(answer)).toEqual(answer);
  return answer;
}
