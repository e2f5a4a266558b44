import { allowWarnings } from "@require-action-test/support/warnings";
import { Authsignal, UserActionState } from "@authsignal/node";
import { authsignal } from "@require-action/authsignal";
import type { ActionProvider } from "@require-action/core/provider";
import { createMemoryStore, type Store } from "@require-action/engine";
import { type ProviderHarness, describeProviderConformance } from "@require-action/conformance/provider";
import { apiSecret, completeChallenge, createHarness, enrollApp } from "./harness.ts";

allowWarnings("RA_SDK_TRANSPORT");

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

describeProviderConformance({
  name: "authsignal(), served by the engine,",
  open: () => create((apiUrl) => authsignal({ apiSecretKey: apiSecret, apiUrl })),
});

describeProviderConformance({
  name: "authsignal() over the official SDK, served by the engine,",
  open: () =>
    create((apiUrl) => authsignal({ client: new Authsignal({ apiSecretKey: apiSecret, apiUrl, retries: 0 }) })),
  skip: {
    "T32: an id with characters of its own is tracked, and found, as it is":
      "the SDK does not encode ids, so those that need it are refused",
  },
});
