import { createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import { createScriptedProvider } from "@require-action/testing";
import express from "express";
import request from "supertest";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

it.each<readonly [unknown, string | undefined, readonly string[]]>([
  [undefined, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [false, "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  [true, "203.0.113.7", ["RA_ANY_PROXY_TRUSTED"]],
  [1, "198.51.100.9", []],
  ["loopback", "198.51.100.9", []],
  [() => false, "127.0.0.1", []],
])("C9: with trust proxy %s, rules judge %s, and the guard warns: %j", async (trust, ipAddress, codes) => {
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
  const app = express();
  if (trust !== undefined) app.set("trust proxy", trust);
  app.post("/", requireAction("withdraw-funds"), (_req, res) => void res.json({}));
  for (let times = 0; times < 2; times++) {
    await request(app).post("/").set("x-forwarded-for", "203.0.113.7, 198.51.100.9").expect(200);
  }
  const [call] = provider.calls;
  expect(call?.request).toHaveProperty("attributes.ipAddress", ipAddress);
  expect(events.flatMap((event) => (event.type === "warning" ? [event.code] : []))).toEqual(codes);
});
