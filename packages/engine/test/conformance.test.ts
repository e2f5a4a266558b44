import { codeAt } from "@require-action-test/support/codes";
import { createEngine, createMemoryStore, type Store } from "@require-action/engine";
import { createManualClock } from "@require-action/testing";
import { describeProviderConformance } from "@require-action/conformance/provider";
import { secret } from "./harness.ts";

const never = new Promise<never>(() => undefined);

/** A store that stops answering when told to. */
function stallable(store: Store): { readonly store: Store; readonly stall: () => void } {
  let stalled = false;
  const proxy = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" && stalled ? () => never : value;
    },
  });
  return { store: proxy, stall: () => void (stalled = true) };
}

let users = 0;

describeProviderConformance({
  name: "the engine",
  open() {
    const clock = createManualClock(Date.UTC(2026, 0, 15, 12));
    const { store, stall } = stallable(createMemoryStore());
    const secrets = new Map<string, string>();
    const engine = createEngine({
      policy: {
        actions: {
          "sign-in": { defaultOutcome: "ALLOW" },
          "use-list": { defaultOutcome: "BLOCK" },
          "withdraw-funds": { defaultOutcome: "CHALLENGE" },
          "close-account": { defaultOutcome: "REVIEW" },
        },
      },
      secrets: [secret],
      issuer: "https://bank.example",
      baseUrl: "https://bank.example/authsignal",
      store,
      clock,
    });
    const actions = {
      ALLOW: "sign-in",
      BLOCK: "use-list",
      CHALLENGE_REQUIRED: "withdraw-funds",
      REVIEW_REQUIRED: "close-account",
    };
    return {
      provider: engine,
      async subject(state) {
        const userId = `user-${++users}`;
        const shared = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
        secrets.set(userId, shared);
        await engine.authenticators.enrollVerified(userId, {
          verificationMethod: "AUTHENTICATOR_APP",
          otpUri: `otpauth://totp/bank:${userId}?secret=${shared}&issuer=bank`,
        });
        return { userId, action: actions[state] };
      },
      async completeChallenge({ request: { userId }, answer: { token } }) {
        clock.advance(30_000);
        const code = codeAt(secrets.get(userId) ?? "", clock.now());
        const { accessToken = "" } = await engine.challenges.verify(token, "AUTHENTICATOR_APP", code);
        return accessToken;
      },
      async failChallenge({ request: { userId, action, attributes } }) {
        const { idempotencyKey } = attributes;
        await engine.actions.transition(
          { userId, action, idempotencyKey },
          { state: "CHALLENGE_FAILED", actor: "operator" },
        );
      },
      async review({ request: { userId, action, attributes } }, decision) {
        const { idempotencyKey } = attributes;
        await engine.reviews[decision]({ userId, action, idempotencyKey }, { reviewer: "rita" });
      },
      stall,
    };
  },
});
