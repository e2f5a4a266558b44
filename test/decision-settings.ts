import { type CreateApp, type ExampleOptions, type RunningExample, startExample } from "@require-action-examples/bank";
import { serve } from "@require-action-test/support/serve";
import { authsignal } from "@require-action/authsignal";
import { createEngine, createMemoryStore } from "@require-action/engine";
import { createServer, type FetchHandler, toNodeHandler } from "@require-action/server";
import { read } from "./workspace.ts";

const API_SECRET = "an-end-to-end-api-secret";

/** Who decides for an example. */
export interface DecisionSetting {
  readonly decidedBy: string;
  start(createApp: CreateApp, options: ExampleOptions): Promise<RunningExample>;
}

/** The engine inside the application. */
export const embedded: DecisionSetting = { decidedBy: "the embedded engine", start: startExample };

/** The same application, unchanged, whose engine is served elsewhere over Authsignal's API. */
export const served: DecisionSetting = {
  decidedBy: "the served engine",
  async start(createApp, options) {
    // Where the application and the engine are must be known to each other.
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    const http = await serve(toNodeHandler((request) => server(request)));
    const example = await startExample(createApp, {
      ...options,
      connect: () => authsignal({ apiSecretKey: API_SECRET, apiUrl: `${http.origin}/v1` }),
    });
    const clock = options.clock && { clock: options.clock };
    const store = createMemoryStore();
    const engine = createEngine({
      policy: read("examples/policy.json"),
      secrets: ["an-end-to-end-engine-secret-of-32-bytes"],
      issuer: "Example-Bank",
      baseUrl: http.origin,
      store,
      delivery: { sendEmail: () => {} },
      passkeys: { rpId: "localhost", rpName: "Example Bank", origins: [http.origin], topOrigins: [example.url] },
      ...clock,
    });
    server = createServer(engine, {
      apiSecrets: [API_SECRET],
      tenantId: "example-bank",
      allowedOrigins: [example.url],
      store,
      ...clock,
    });
    return {
      ...example,
      engine,
      close: async () => void (await Promise.all([example.close(), http.close()])),
    };
  },
};
