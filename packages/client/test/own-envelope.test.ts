import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createMemoryLedger } from "@require-action/core";
import { createRequireAction, type ExpressGuardOptions } from "@require-action/express";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import express from "express";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createActionFetch, waitForReview } from "../src/index.ts";

let server: Server | undefined;
afterEach(() => {
  vi.useRealTimers();
  server?.closeAllConnections();
  server?.close();
});

async function serve(
  respond: NonNullable<ExpressGuardOptions["respond"]>,
): Promise<{ url: string; provider: ScriptedProvider }> {
  const provider = createScriptedProvider();
  const requireAction = createRequireAction({
    provider,
    respond,
    user: () => "alice",
    ledger: createMemoryLedger(),
    sealSecrets: ["a secret of the tests, 32 bytes long"],
  });
  const app = express();
  app.use(express.json());
  app.post("/withdrawals", requireAction("withdraw-funds"), (_req, res) => void res.status(201).json({ done: true }));
  server = createServer(app);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/withdrawals`, provider };
}

const init: RequestInit = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: '{"amount":"1"}',
};

describe("C69: the client of an application with its own envelope", () => {
  it.each<[string, ExpressGuardOptions["respond"]]>([
    ["around the problem", ({ problem }) => ({ body: { ok: false, error: { details: [problem] } } })],
    ["with the members of the problem", ({ problem }) => ({ body: { ...problem, brand: "bank" } })],
    [
      "of another type",
      ({ problem }) => ({ headers: { "content-type": "application/vnd.bank+json" }, body: { errors: [problem] } }),
    ],
  ])("finds the challenge %s by the code in the header", async (_how, respond) => {
    const { url, provider } = await serve(respond!);
    provider.answer("CHALLENGE_REQUIRED");
    const actionFetch = createActionFetch({ present: async ({ token = "" }) => provider.completeChallenge(token) });
    expect((await actionFetch(url, init)).status).toBe(201);
  });

  it("waits for a review, and goes on waiting while no decision is available", async () => {
    const { url, provider } = await serve(({ problem }) => ({ body: { error: problem } }));
    provider.answerNext("REVIEW_REQUIRED");
    const { review } = await createActionFetch({ present: () => Promise.reject(new Error("presented")) })(url, init);
    expect(review).toMatchObject({ action: "withdraw-funds", retryAfterMs: 30_000 });
    provider.review(review!.idempotencyKey, "approve");
    provider.override("getAction", () => Promise.reject(new Error("down")));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const waiting = waitForReview(review!);
    await vi.advanceTimersByTimeAsync(33_001);
    provider.restore();
    await vi.advanceTimersByTimeAsync(60_000);
    expect((await waiting).status).toBe(201);
  });

  it.each<[string, ExpressGuardOptions["respond"]]>([
    ["a page", () => ({ headers: { "content-type": "text/html" }, body: "<p>Please confirm</p>" })],
    ["an envelope that leaves the problem out", ({ code }) => ({ body: { error: code } })],
    ["nothing", () => ({ body: "" })],
  ])("hands on %s as it is", async (_what, respond) => {
    const { url, provider } = await serve(respond!);
    provider.answer("CHALLENGE_REQUIRED");
    const present = vi.fn<() => Promise<string>>();
    const response = await createActionFetch({ present })(url, init);
    expect([response.status, response.headers.get("action-code")]).toEqual([403, "challenge_required"]);
    expect(response.bodyUsed).toBe(false);
    expect(present).not.toHaveBeenCalled();
  });
});
