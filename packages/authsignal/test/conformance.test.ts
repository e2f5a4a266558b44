import { Authsignal } from "@authsignal/node";
import type { ActionProvider, TrackAnswer } from "@require-action/core";
import { authsignal } from "../src/index.ts";
import { SECRET, standIn } from "./stand-in.ts";
import { createFaultyServer, createScriptedProvider, faults } from "@require-action/testing";
import { type ProviderHarness, providerConformance } from "@require-action/testing/conformance";

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

providerConformance({
  name: "authsignal over the Server API",
  create: () => createHarness((apiUrl) => authsignal({ apiSecretKey: SECRET, apiUrl })),
});

providerConformance({
  name: "authsignal over the official SDK",
  create: () =>
    createHarness((apiUrl) => authsignal({ client: new Authsignal({ apiSecretKey: SECRET, apiUrl, retries: 0 }) })),
  skip: {
    "odd-id-ordinary": "the SDK does not encode ids, so those that need it are refused",
  },
});
