import type { AddressInfo } from "node:net";
import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import fastify, { type FastifyReply } from "fastify";
import { expect, it, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

it.each<[string, (reply: FastifyReply) => void]>([
  ["by Fastify", (reply) => void reply.code(503).send("too slow")],
  ["past it, whole", ({ raw }) => void raw.writeHead(503).end("too slow")],
  ["past it, in part", ({ raw }) => void raw.writeHead(503).write("too ", () => raw.end("slow"))],
])("F21: a refusal that comes when something has answered %s is dropped, and ends no process", async (_how, answer) => {
  const provider = createScriptedProvider();
  let answerMeanwhile = (): void => {};
  const requireAction = createRequireAction({
    provider,
    user: () => {
      answerMeanwhile();
      return "alice";
    },
    sealSecrets: ["a secret of at least thirty-two bytes"],
    ledger: createMemoryLedger(),
  });
  const app = fastify();
  app.addHook("onRequest", (_request, reply, done) => {
    answerMeanwhile = () => answer(reply);
    done();
  });
  const handler = vi.fn<() => string>(() => "ran");
  app.post("/withdrawals", { preHandler: requireAction("withdraw-funds") }, handler);
  await app.listen({ host: "127.0.0.1", port: 0 });
  const unhandled = vi.fn<() => void>();
  process.on("unhandledRejection", unhandled);
  provider.answerNext("BLOCK");
  const { port } = app.server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/withdrawals`, { method: "POST" });
  expect([response.status, await response.text()]).toEqual([503, "too slow"]);
  await new Promise(setImmediate);
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
  expect(handler).not.toHaveBeenCalled();
  await app.close();
});
