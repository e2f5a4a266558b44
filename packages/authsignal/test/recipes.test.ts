import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { WebhookEvent } from "../src/index.ts";
import { createApp as createExpressApp } from "./recipes/express-webhook.ts";
import { createApp as createKoaApp } from "./recipes/koa-webhook.ts";
import { createProvider } from "./recipes/provider.ts";
import { eventBody, signatureHeader, WEBHOOK_SECRET } from "./signed-webhook.ts";

type Act = (event: WebhookEvent) => Promise<void>;

const recipes: readonly (readonly [file: string, serve: (act: Act) => Server])[] = [
  ["express-webhook.ts", (act) => createServer(createExpressApp(WEBHOOK_SECRET, act))],
  [
    "koa-webhook.ts",
    (act) => {
      const app = createKoaApp(WEBHOOK_SECRET, act);
      app.silent = true;
      return createServer(app.callback());
    },
  ],
];

let server: Server | undefined;
afterEach(() => server?.close());

async function listen(
  serve: (act: Act) => Server,
  act: Act,
): Promise<(body: string, header?: string) => Promise<number>> {
  const listening = serve(act);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}/webhooks/authsignal`;
  return async (body, header = signatureHeader(body, Math.floor(Date.now() / 1000))) => {
    const headers = { "content-type": "application/json", "x-signature-v2": header };
    return (await fetch(url, { method: "POST", headers, body })).status;
  };
}

for (const [file, serve] of recipes) {
  describe(`the recipe ${file}`, () => {
    it("acts once upon an authentic event and refuses the rest", async () => {
      const events: WebhookEvent[] = [];
      const send = await listen(serve, async (event) => void events.push(event));
      expect(await send(eventBody(), "t=1,v2=x")).toBe(400);
      expect(await send(eventBody(), signatureHeader(eventBody(), Math.floor(Date.now() / 1000), "guess"))).toBe(400);
      expect(await send("")).toBe(400);
      expect(events).toEqual([]);
      expect(await send(eventBody())).toBe(204);
      expect(await send(eventBody())).toBe(409);
      expect(events).toMatchObject([{ id: "event-1", type: "action.verify" }]);
    });

    it("accepts an event again when acting upon it failed", async () => {
      let attempts = 0;
      const send = await listen(serve, async () => {
        attempts += 1;
        if (attempts === 1) throw new Error("the database is down");
      });
      expect(await send(eventBody())).toBe(500);
      expect(await send(eventBody())).toBe(204);
    });
  });
}

it("the README's code is that of the recipes", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  const files = ["provider.ts", "in-containers.ts", "express-webhook.ts", "koa-webhook.ts"];
  expect(blocks).toEqual(files.map((file) => readFileSync(new URL(`recipes/${file}`, import.meta.url), "utf8")));
});

it("C4: the recipe for containers gives a provider", async () => {
  vi.stubEnv("REQUIRE_ACTION_API_SECRET", "a-secret-of-the-server");
  const { provider } = await import("./recipes/in-containers.ts");
  expect(provider).toMatchObject({ name: "authsignal" });
  vi.unstubAllEnvs();
});

it("the provider's recipe gives a provider", () => {
  expect(createProvider("key").name).toBe("authsignal");
});
