import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createScriptedProvider } from "@require-action/testing";
import express, { type RequestHandler } from "express";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

/** An application whose time limit runs out, where it is told to, while the guard decides. */
async function serve() {
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
  app.use(({ headers }, res, next) => {
    answerMeanwhile = () => headers["x-slow"] && void res.status(503).send("too slow");
    next();
  });
  const handler = vi.fn<RequestHandler>((_req, res) => void res.send("done"));
  app.post("/withdrawals", requireAction("withdraw-funds"), handler);
  const server = createServer(app).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const unhandled = vi.fn<() => void>();
  process.on("unhandledRejection", unhandled);
  onTestFinished(() => void process.off("unhandledRejection", unhandled));
  const { port } = server.address() as AddressInfo;
  const post = async (headers: Record<string, string>): Promise<readonly [number, string]> => {
    const response = await fetch(`http://127.0.0.1:${port}/withdrawals`, { method: "POST", headers });
    return [response.status, await response.text()];
  };
  return { provider, post, handler, unhandled };
}

it("F21: a refusal that comes when a time limit has answered already is dropped, and ends no process", async () => {
  const { provider, post, handler, unhandled } = await serve();
  provider.answerNext("BLOCK");
  expect(await post({ "x-slow": "1" })).toEqual([503, "too slow"]);
  await new Promise(setImmediate);
  expect(unhandled).not.toHaveBeenCalled();
  expect(handler).not.toHaveBeenCalled();
});

it("F21: an approval is not used when a time limit has answered already", async () => {
  const { provider, post, handler } = await serve();
  provider.answerNext("CHALLENGE_REQUIRED");
  const [, challenge] = await post({});
  const token = provider.completeChallenge(JSON.parse(challenge).token);
  expect(await post({ "action-token": token, "x-slow": "1" })).toEqual([503, "too slow"]);
  await new Promise(setImmediate);
  expect(handler).not.toHaveBeenCalled();
  expect(await post({ "action-token": token })).toEqual([200, "done"]);
  expect(handler).toHaveBeenCalledOnce();
});
