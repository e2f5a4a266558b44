import { serve, type Served } from "@require-action-test/support/serve";
import { createEngine, type Engine } from "@require-action/engine";
import { createOutbox, createServer, type ServerOptions, toNodeHandler } from "../../src/index.ts";
import { apiSecret, policy, tenantId } from "../harness.ts";

/** An engine that decides nothing: the gallery shows states of its own. */
export function galleryEngine(): Engine {
  return createEngine({
    policy,
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "http://localhost",
  });
}

/** Serves the gallery of a page, as it is there for developers. */
export async function serveGallery(page: NonNullable<ServerOptions["page"]>): Promise<Served> {
  const options = { apiSecrets: [apiSecret], tenantId, page, dev: { outbox: createOutbox() } };
  return serve(toNodeHandler(createServer(galleryEngine(), options)), "localhost");
}
