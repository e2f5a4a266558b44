import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ServerType, serve } from "@hono/node-server";
import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import { Hono } from "hono";
import { timeout } from "hono/timeout";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction, type HonoActionOptions } from "../src/index.ts";

type Post = (headers?: Record<string, string>) => Response | Promise<Response>;

async function onNode(app: Hono): Promise<Post> {
  const server: ServerType = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return (headers = {}) => fetch(`http://127.0.0.1:${port}/withdrawals`, { method: "POST", headers });
}

async function elsewhere(app: Hono): Promise<Post> {
  return (headers = {}) => app.request("/withdrawals", { method: "POST", headers });
}

it.each<readonly [string, (app: Hono) => Promise<Post>, HonoActionOptions]>([
  ["on Node", onNode, {}],
  ["elsewhere", elsewhere, { bind: "none" }],
])("F21: an approval is not used, %s, when a time limit has answered already", async (_where, reach, options) => {
  const provider = createScriptedProvider();
  let mayGoOn = Promise.resolve();
  const requireAction = createRequireAction({
    provider,
    user: () => mayGoOn.then(() => "alice"),
    sealSecrets: ["a secret of at least thirty-two bytes"],
    ledger: createMemoryLedger(),
  });
  const ran = vi.fn<() => void>();
  const app = new Hono();
  app.post("/withdrawals", timeout(50), requireAction("withdraw-funds", options), (c) => {
    ran();
    return c.text("done");
  });
  const post = await reach(app);
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
