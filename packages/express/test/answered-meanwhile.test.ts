import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createScriptedProvider } from "@require-action/testing";
import express from "express";
import { afterEach, expect, it, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

let server: Server;
afterEach(() => server.close());

it("F21: a refusal that comes when a time limit has answered already is dropped, and ends no process", async () => {
  const provider = createScriptedProvider();
  let answerMeanwhile = (): void => {};
  const requireAction = createRequireAction({
    provider,
    user: () => {
      answerMeanwhile();
      return "alice";
    },
    sealSecrets: ["a secret of at least thirty-two bytes"],
  });
  const app = express();
  app.use((_req, res, next) => {
    answerMeanwhile = () => void res.status(503).send("too slow");
    next();
  });
  const handler = vi.fn<() => void>();
  app.post("/withdrawals", requireAction("withdraw-funds"), handler);
  server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const unhandled = vi.fn<() => void>();
  process.on("unhandledRejection", unhandled);
  provider.answerNext("BLOCK");
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/withdrawals`, { method: "POST" });
  expect([response.status, await response.text()]).toEqual([503, "too slow"]);
  await new Promise(setImmediate);
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(handler).not.toHaveBeenCalled();
});
