import { parseValidateChallengeAnswer, type ValidateChallengeAnswer } from "@require-action/core/provider";
import { expect } from "vitest";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { patient, type ProviderHarness, settle, track, type TrackedAction, trackInto } from "./provider-harness.ts";

/** Tokens that nobody handed out; the last is an unsigned JWT that claims everything. */
const garbageTokens: readonly string[] = [
  "x",
  "null",
  "a.b.c",
  "__proto__",
  "../../validate",
  "' or 1=1 --",
  "{}",
  "\u0000",
  "\ud800",
  "a".repeat(4096),
  `${base64url({ alg: "none" })}.${base64url({ sub: "alice", other: { userId: "alice" } })}.`,
];

export const validateChallengeCases: readonly ConformanceCase<ProviderHarness>[] = [
  {
    title: "the result token of a completed challenge is valid and names its user, action and key",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      expect(await validate(harness, tracked, await harness.completeChallenge(tracked))).toMatchObject({
        isValid: true,
        state: "CHALLENGE_SUCCEEDED",
        userId: tracked.request.userId,
        action: tracked.request.action,
        idempotencyKey: tracked.request.attributes.idempotencyKey,
        verificationMethod: expect.any(String),
      });
    },
  },
  {
    title: "T4: of two actions of one user, a result token names the one that was approved",
    async run(harness) {
      const subject = await harness.subject("CHALLENGE_REQUIRED");
      const approved = await track(harness, subject);
      const token = await harness.completeChallenge(approved);
      const other = await track(harness, subject);
      expect((await validate(harness, other, token)).idempotencyKey).toBe(approved.request.attributes.idempotencyKey);
    },
  },
  {
    title: "T1: another user's result token is not valid",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      const token = await harness.completeChallenge(tracked);
      const { userId } = tracked.request;
      const { userId: stranger } = await harness.subject("ALLOW");
      for (const other of [stranger, `${userId} `, `${userId}\u0301`, `${userId}/../${userId}`]) {
        await expectInvalid(() => validate(harness, tracked, token, { userId: other }));
      }
    },
  },
  {
    title: "T2: another action's result token is not valid",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      const token = await harness.completeChallenge(tracked);
      const { action } = tracked.request;
      const { action: declared } = await harness.subject("ALLOW");
      for (const other of [declared, `${action}s`, `${action} `, action.slice(0, -1), action.toUpperCase()]) {
        if (other !== action) await expectInvalid(() => validate(harness, tracked, token, { action: other }));
      }
    },
  },
  {
    title: "a mismatch does not use the result up",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      const token = await harness.completeChallenge(tracked);
      const { userId: stranger } = await harness.subject("ALLOW");
      await expectInvalid(() => validate(harness, tracked, token, { userId: stranger }));
      expect((await validate(harness, tracked, token)).isValid).toBe(true);
    },
  },
  {
    title: "T9: the token of a challenge that is still open is not valid, and the answer says that it is open",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      const answer = await validate(harness, tracked, tracked.answer.token ?? "");
      expect(answer).toMatchObject({ isValid: false, state: "CHALLENGE_REQUIRED" });
    },
  },
  {
    title: "T55: the token that was handed out before the proof is not valid after it, and the result token is",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      const token = await harness.completeChallenge(tracked);
      await expectInvalid(() => validate(harness, tracked, tracked.answer.token ?? ""));
      expect((await validate(harness, tracked, token)).isValid).toBe(true);
    },
  },
  {
    title: "the token of a challenge that failed is not valid",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      await harness.failChallenge(tracked);
      expect((await validate(harness, tracked, tracked.answer.token ?? "")).isValid).toBe(false);
    },
  },
  {
    title: "T12: a token of an action without a challenge is not valid",
    async run(harness) {
      for (const state of ["ALLOW", "BLOCK", "REVIEW_REQUIRED"] as const) {
        const tracked = await trackInto(harness, state);
        const { token } = tracked.answer;
        if (token !== undefined) await expectInvalid(() => validate(harness, tracked, token));
      }
    },
  },
  {
    title: "T26: a token that nobody handed out is not valid",
    async run(harness) {
      const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
      const token = await harness.completeChallenge(tracked);
      for (const garbage of [...garbageTokens, token.slice(0, -1), `${token}x`, ` ${token}`, ""]) {
        await expectInvalid(() => validate(harness, tracked, garbage));
      }
    },
  },
];

async function validate(
  { provider }: ProviderHarness,
  { request: { userId, action } }: TrackedAction,
  token: string,
  other: { readonly userId?: string; readonly action?: string } = {},
): Promise<ValidateChallengeAnswer> {
  const answer = await provider.validateChallenge({ token, userId, action, ...other }, patient());
  expect(parseValidateChallengeAnswer(answer)).toEqual(answer);
  return answer;
}

async function expectInvalid(call: () => Promise<ValidateChallengeAnswer>): Promise<void> {
  const answer = await settle(call);
  if (answer !== "refused") expect(answer.isValid).toBe(false);
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
