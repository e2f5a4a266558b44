import { createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import { createScriptedProvider } from "@require-action/testing";
import { fastify, type FastifyServerOptions } from "fastify";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

it.each<readonly [FastifyServerOptions, string, readonly string[]]>([
  [{}, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [{ trustProxy: false }, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [{ trustProxy: (_address, hop) => hop < 1 }, "198.51.100.9", []],
  // Fastify 5.12 believes no number of hops, and its types take none; plain JavaScript says one all the same.
  [{ trustProxy: 1 as unknown as string }, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [{ trustProxy: "192.0.2.0/24" }, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [{ trustProxy: "127.0.0.1" }, "198.51.100.9", []],
  // Fastify keeps to itself that it trusts them all.
  [{ trustProxy: true }, "203.0.113.7", []],
])("C9: with %j, rules judge %s, and the guard warns: %j", async (trust, ipAddress, codes) => {
  const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();
  onTestFinished(() => emitWarning.mockRestore());
  const events: GuardEvent[] = [];
  const provider = createScriptedProvider();
  const requireAction = createRequireAction({
    provider,
    user: () => "alice",
    sealSecrets: ["a secret of at least thirty-two bytes"],
    ledger: createMemoryLedger(),
    on: (event) => events.push(event),
  });
  const app = fastify(trust);
  onTestFinished(() => app.close());
  app.post("/", { preHandler: requireAction("withdraw-funds") }, async () => ({}));
  for (let times = 0; times < 2; times++) {
    const headers = { "x-forwarded-for": "203.0.113.7, 198.51.100.9" };
    expect((await app.inject({ method: "POST", url: "/", headers })).statusCode).toBe(200);
  }
  const [call] = provider.calls;
  expect(call?.request).toHaveProperty("attributes.ipAddress", ipAddress);
  expect(events.flatMap((event) => (event.type === "warning" ? [event.code] : []))).toEqual(codes);
});
