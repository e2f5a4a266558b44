import { Authsignal } from "@authsignal/node";
import { serve } from "@require-action-test/support/serve";
import { createEngine } from "@require-action/engine";
import { createServer, type FetchHandler, toNodeHandler } from "../src/index.ts";
import express from "express";
import { Hono } from "hono";
import Koa from "koa";
import { describe, expect, it } from "vitest";
import { apiSecret, policy, send, tenantId } from "./harness.ts";

const engine = createEngine({
  policy,
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "https://bank.example",
  baseUrl: "https://bank.example/authsignal",
});
const server = (basePath: string): FetchHandler =>
  createServer(engine, { apiSecrets: [apiSecret], tenantId, basePath });

/** What each framework listens with, and where the server stands in it. */
const mounts = {
  "node:http": () => toNodeHandler(server("")),
  "node:http below a path": () => toNodeHandler(server("/authsignal")),
  Express: () => express().use("/authsignal", toNodeHandler(server(""))),
  "Express behind a body parser": () =>
    express()
      .use(express.json())
      .use("/authsignal", toNodeHandler(server(""))),
  Koa() {
    const handler = toNodeHandler(server("/authsignal"));
    return new Koa()
      .use(async (context, next) => {
        if (!context.path.startsWith("/authsignal/")) return next();
        context.respond = false;
        return handler(context.req, context.res);
      })
      .callback();
  },
  Hono() {
    const handler = server("/authsignal");
    const app = new Hono().all("/authsignal/*", ({ req }) => handler(req.raw));
    return toNodeHandler(async (request) => app.fetch(request));
  },
} as const;

describe.each(Object.entries(mounts))("mounted in %s", (name, create) => {
  it("serves both APIs, the page and its health", async () => {
    const { origin, close } = await serve(create(), "127.0.0.1");
    const base = name === "node:http" ? origin : `${origin}/authsignal`;
    const sdk = new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${base}/v1`, retries: 0 });
    const attributes = { idempotencyKey: `key-${name}`, username: "alice" };
    expect(await sdk.track({ userId: "alice", action: "sign-in", attributes })).toMatchObject({ state: "ALLOW" });
    expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ username: "alice" });
    expect((await send(`${base}/healthz`, "GET")).json).toEqual({ status: "ok" });
    expect((await send(`${base}/challenge`, "GET")).headers.get("content-type")).toContain("text/html");
    const client = await send(`${base}/v1/client/challenge/totp`, "POST", {});
    expect([client.status, client.json.errorCode]).toEqual([401, "unauthorized"]);
    await close();
  });
});
