import { createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import { createScriptedProvider } from "@require-action/testing";
import Koa from "koa";
import request from "supertest";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

it.each<readonly [ConstructorParameters<typeof Koa>[0], string, readonly string[]]>([
  [{}, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [{ maxIpsCount: 1 }, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [{ proxy: true }, "203.0.113.7", ["RA_ANY_PROXY_TRUSTED"]],
  [{ proxy: true, maxIpsCount: 0 }, "203.0.113.7", ["RA_ANY_PROXY_TRUSTED"]],
  [{ proxy: true, maxIpsCount: 1 }, "198.51.100.9", []],
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
  const app = new Koa(trust);
  app.use(requireAction("withdraw-funds")).use((ctx) => void (ctx.body = {}));
  for (let times = 0; times < 2; times++) {
    await request(app.callback()).post("/").set("x-forwarded-for", "203.0.113.7, 198.51.100.9").expect(200);
  }
  const [call] = provider.calls;
  expect(call?.request).toHaveProperty("attributes.ipAddress", ipAddress);
  expect(events.flatMap((event) => (event.type === "warning" ? [event.code] : []))).toEqual(codes);
});
