import { allowWarnings } from "@require-action-test/support/warnings";
import { Authsignal } from "@authsignal/node";
import type { ActionProvider, TrackAnswer } from "@require-action/core/provider";
import { authsignal } from "../src/index.ts";
import { SECRET, standIn } from "./stand-in.ts";
import { createFaultyServer } from "@require-action-test/support/faults/faulty-server";
import { faults } from "@require-action-test/support/faults/server-faults";
import { createScriptedProvider } from "@require-action/testing";
import { type ProviderHarness, describeProviderConformance } from "@require-action/conformance/provider";

allowWarnings("RA_SDK_TRANSPORT");

async function createHarness(createProvider: (apiUrl: string) => ActionProvider): Promise<ProviderHarness> {
  const scripted = createScriptedProvider();
  const states = new Map<string, TrackAnswer["state"]>();
  scripted.answer(({ action }) => states.get(action) ?? "BLOCK");
  const server = await createFaultyServer();
  server.use(standIn(scripted));
  let users = 0;
  return {
    provider: createProvider(`${server.origin}/v1`),
    subject(state) {
      const action = `ends-in-${state.toLowerCase()}`;
      states.set(action, state);
      users += 1;
      return { userId: `user-${users}`, action };
    },
    completeChallenge: ({ request }) => scripted.completeChallenge(request.attributes.idempotencyKey),
    failChallenge: ({ request }) => scripted.failChallenge(request.attributes.idempotencyKey),
    review: ({ request }, decision) => scripted.review(request.attributes.idempotencyKey, decision),
    stall: () => server.use(faults.silent()),
    close: () => server.close(),
  };
}

describeProviderConformance({
  name: "authsignal over the Server API",
  open: () => createHarness((apiUrl) => authsignal({ apiSecretKey: SECRET, apiUrl })),
});

describeProviderConformance({
  name: "authsignal over the official SDK",
  open: () =>
    createHarness((apiUrl) => authsignal({ client: new Authsignal({ apiSecretKey: SECRET, apiUrl, retries: 0 }) })),
  skip: {
    "T32: an id with characters of its own is tracked, and found, as it is":
      "the SDK does not encode ids, so those that need it are refused",
  },
});
