import { Authsignal, UserActionState } from "@authsignal/node";
import { authsignal } from "@require-action/authsignal";
import type { ActionProvider } from "@require-action/core";
import { createMemoryStore, type Store } from "@require-action/engine";
import { type ProviderHarness, providerConformance } from "@require-action/testing/conformance";
import { apiSecret, completeChallenge, createHarness, enrollApp } from "./harness.ts";

const never = new Promise<never>(() => {});

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

const actions = {
  ALLOW: "sign-in",
  BLOCK: "use-list",
  CHALLENGE_REQUIRED: "change-password",
  REVIEW_REQUIRED: "close-account",
};
let users = 0;

async function create(createProvider: (apiUrl: string) => ActionProvider): Promise<ProviderHarness> {
  const { store, stall } = stallable(createMemoryStore());
  const harness = await createHarness({ store });
  const { sdk } = harness;
  const move = async (
    { userId, action, attributes: { idempotencyKey } }: Parameters<ActionProvider["track"]>[0],
    state: UserActionState,
  ): Promise<void> => void (await sdk.updateAction({ userId, action, idempotencyKey, attributes: { state } }));
  return {
    provider: createProvider(`${harness.origin}/v1`),
    async subject(state) {
      const userId = `user-${++users}`;
      await enrollApp(harness, userId);
      return { userId, action: actions[state] };
    },
    completeChallenge: ({ answer }) => completeChallenge(harness, answer.token ?? ""),
    failChallenge: ({ request }) => move(request, UserActionState.CHALLENGE_FAILED),
    review: ({ request }, decision) =>
      move(request, decision === "approve" ? UserActionState.REVIEW_SUCCEEDED : UserActionState.REVIEW_FAILED),
    stall,
    close: harness.close,
  };
}

providerConformance({
  name: "authsignal(), served by the engine,",
  create: () => create((apiUrl) => authsignal({ apiSecretKey: apiSecret, apiUrl })),
});

providerConformance({
  name: "authsignal() over the official SDK, served by the engine,",
  create: () =>
    create((apiUrl) => authsignal({ client: new Authsignal({ apiSecretKey: apiSecret, apiUrl, retries: 0 }) })),
  skip: { "odd-id-ordinary": "the SDK does not encode ids, so those that need it are refused" },
});
