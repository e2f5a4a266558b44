import { ProviderError } from "@require-action/core/provider";
import type { ProviderHarness } from "@require-action/conformance/provider";
import { createScriptedProvider, type RawAnswer, type ScriptedProvider } from "@require-action/testing";

const untilAborted: RawAnswer = (_request, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new ProviderError("provider_unavailable", "the call was aborted")));
  });

export interface ScriptedHarness extends ProviderHarness {
  readonly provider: ScriptedProvider;
}

/** The scripted provider under the suite: it decides by the action's name. */
export function createScriptedHarness(): ScriptedHarness {
  const provider = createScriptedProvider();
  const states = new Map<string, "ALLOW" | "BLOCK" | "CHALLENGE_REQUIRED" | "REVIEW_REQUIRED">();
  let users = 0;
  provider.answer(({ action }) => states.get(action) ?? "BLOCK");
  return {
    provider,
    subject(state) {
      const action = `ends-in-${state.toLowerCase()}`;
      states.set(action, state);
      users += 1;
      return { userId: `user-${users}`, action };
    },
    completeChallenge: ({ request }) => provider.completeChallenge(request.attributes.idempotencyKey),
    failChallenge: ({ request }) => provider.failChallenge(request.attributes.idempotencyKey),
    review: ({ request }, decision) => provider.review(request.attributes.idempotencyKey, decision),
    stall() {
      for (const verb of ["track", "validateChallenge", "getAction"] as const) provider.override(verb, untilAborted);
    },
  };
}
