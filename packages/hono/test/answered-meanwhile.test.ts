import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { createScriptedProvider } from "@require-action/testing";
import { Hono } from "hono";
import { timeout } from "hono/timeout";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

it("F21: an approval is not used, elsewhere than on Node, when a time limit has answered already", async () => {
  const provider = createScriptedProvider();
  let mayGoOn = Promise.resolve();
  const requireAction = createRequireAction({
    provider,
    user: () => mayGoOn.then(() => "alice"),
    sealSecrets: ["a secret of at least thirty-two bytes"],
  });
  const ran = vi.fn<() => void>();
  const app = new Hono();
  app.post("/withdrawals", timeout(50), requireAction("withdraw-funds", { bind: "none" }), (c) => {
    ran();
    return c.text("done");
  });
  const post = (headers: Record<string, string> = {}) => app.request("/withdrawals", { method: "POST", headers });
  provider.answerNext("CHALLENGE_REQUIRED");
  const token = provider.completeChallenge(((await (await post()).json()) as { token: string }).token);
  let goOn = (): void => {};
  mayGoOn = new Promise((resolve) => (goOn = resolve));
  expect((await post({ "action-token": token })).status).toBe(504);
  goOn();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ran).not.toHaveBeenCalled();
  expect((await post({ "action-token": token })).status).toBe(200);
});

it("F21: an approval is not used when a time limit has answered already", async () => {
  const provider = createScriptedProvider();
  let mayGoOn = Promise.resolve();
  const requireAction = createRequireAction({
    provider,
    user: () => mayGoOn.then(() => "alice"),
    sealSecrets: ["a secret of at least thirty-two bytes"],
  });
  const ran = vi.fn<() => void>();
  const app = new Hono();
  app.post("/withdrawals", timeout(50), requireAction("withdraw-funds"), (c) => {
    ran();
    return c.text("done");
  });
  const server: ServerType = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const post = (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/withdrawals`, { method: "POST", headers });
  provider.answerNext("CHALLENGE_REQUIRED");
  const token = provider.completeChallenge(((await (await post()).json()) as { token: string }).token);
  let goOn = (): void => {};
  mayGoOn = new Promise((resolve) => (goOn = resolve));
  expect((await post({ "action-token": token })).status).toBe(504);
  goOn();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ran).not.toHaveBeenCalled();
  expect((await post({ "action-token": token })).status).toBe(200);
});
