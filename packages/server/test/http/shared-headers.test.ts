import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { basic } from "@require-action-test/support/send";
import { expect, it } from "vitest";
import { createHarness } from "../../../engine/test/harness.ts";
import { createServer } from "../../src/index.ts";

const apiSecret = "a-server-api-secret";

// The Response that this server puts in the global one's place writes the length of a body into the headers it was made with.
it("answers through @hono/node-server with each body's own length", async () => {
  const site = createServer(createHarness().engine, { apiSecrets: [apiSecret], tenantId: "bank" });
  const server = createAdaptorServer({ fetch: (request, environment) => site(request, environment) }) as Server;
  await once(server.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/users/alice`;
  for (const email of ["a@bank.example", "somebody-with-a-long-name@bank.example", "b@bank.example"]) {
    const headers = { authorization: basic(apiSecret), "content-type": "application/json" };
    const response = await fetch(url, { method: "PATCH", headers, body: JSON.stringify({ email }) });
    await expect(response.json()).resolves.toMatchObject({ email });
  }
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
