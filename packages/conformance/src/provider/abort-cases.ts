import { RequireActionError } from "@require-action/core";
import type { CallOptions, GetActionRequest } from "@require-action/core/provider";
import { expect } from "vitest";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { addressOf, freshKey, patient, type ProviderHarness, trackInto } from "./provider-harness.ts";

/** How long after its signal a call may take to settle. Generous, as it is no measure of speed. */
const GRACE_MS = 500;

export const abortCases: readonly ConformanceCase<ProviderHarness>[] = [
  {
    title: "F1: a call whose signal is aborted already rejects, and tracks nothing",
    async run(harness) {
      const signal = AbortSignal.abort();
      const { calls, untracked } = await prepareCalls(harness);
      for (const call of calls) await expect(call({ signal })).rejects.toBeInstanceOf(RequireActionError);
      expect(await harness.provider.getAction(untracked, patient())).toBeUndefined();
    },
  },
  {
    title: "F2: a call that gets no answer rejects once its signal is aborted",
    async run(harness) {
      const { calls } = await prepareCalls(harness);
      await harness.stall();
      for (const call of calls) {
        const controller = new AbortController();
        const settled = call({ signal: controller.signal }).then(
          () => "answered",
          (error: unknown) => error,
        );
        await elapse(20);
        controller.abort(new Error("deadline"));
        const outcome = await Promise.race([settled, elapse(GRACE_MS)]);
        expect(outcome, "must reject soon after the signal, with an error of the kit").toBeInstanceOf(
          RequireActionError,
        );
      }
    },
  },
];

/** The three calls, each of which would succeed, and the address of the action that `track` among them would add. */
async function prepareCalls(harness: ProviderHarness): Promise<{
  readonly calls: readonly ((options: CallOptions) => Promise<unknown>)[];
  readonly untracked: GetActionRequest;
}> {
  const { provider } = harness;
  const tracked = await trackInto(harness, "CHALLENGE_REQUIRED");
  const token = await harness.completeChallenge(tracked);
  const address = addressOf(tracked);
  const idempotencyKey = freshKey();
  const next = { ...tracked.request, attributes: { ...tracked.request.attributes, idempotencyKey } };
  return {
    calls: [
      async (options) => provider.track(next, options),
      (options) => provider.validateChallenge({ token, userId: address.userId, action: address.action }, options),
      (options) => provider.getAction(address, options),
    ],
    untracked: { ...address, idempotencyKey },
  };
}

function elapse(ms: number): Promise<"pending"> {
  return new Promise((resolve) => setTimeout(() => resolve("pending"), ms));
}
