import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { allowWarnings } from "../../../test/support/src/warnings.ts";
import { createTestGuard, JSON_HEADERS } from "./app.ts";
import { unknowableToSvelteKit } from "./platforms.ts";
import { buildSvelteKit, svelteKitHarness } from "./sveltekit.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

const { provider, options } = createTestGuard();
let handler: RequestListener;

beforeAll(async () => {
  handler = await buildSvelteKit(options);
}, 300_000);

describeAdapterConformance({ name: "SvelteKit", skip: unknowableToSvelteKit, open: () => svelteKitHarness(handler) });

describe("an application of SvelteKit, with the adapter in its bundle", () => {
  it.each(["/withdrawals", "/%77ithdrawals", "/hooked", "/%68ooked"])(
    "T4, T5: runs what was approved once, behind its guard at %s",
    async (path) => {
      expect(inject("buildErrors")).toBe("");
      const server = createServer(handler).listen(0, "127.0.0.1");
      onTestFinished(() => void server.close());
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
      const send = async (amount: string, headers = {}): Promise<[number, any]> => {
        const sent = { ...JSON_HEADERS, "x-test-user": "alice", ...headers };
        const response = await fetch(url, { method: "POST", headers: sent, body: JSON.stringify({ amount }) });
        return [response.status, await response.json()];
      };
      expect(await send("1.00", { "x-test-user": "" })).toMatchObject([401, { code: "authentication_required" }]);
      provider.answerNext("CHALLENGE_REQUIRED");
      const [, { token }] = await send("1.00");
      const headers = { "action-token": provider.completeChallenge(token) };
      expect(await send("2.00", headers)).toMatchObject([403, { code: "action_parameters_changed" }]);
      expect(await send("1.00", headers)).toMatchObject([200, { received: { amount: "1.00" } }]);
      expect(await send("1.00", headers)).toMatchObject([409, { code: "action_token_used" }]);
    },
  );
});
