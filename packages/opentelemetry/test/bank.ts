import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { context, trace } from "@opentelemetry/api";
import { createMemoryLedger } from "@require-action/core";
import { approvedAction, createRequireAction } from "@require-action/express";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import express from "express";

type Options = Parameters<typeof createRequireAction>[0];

/** A bank on Express, each request of which has an active span, as the HTTP instrumentation sees to. */
export interface Bank {
  readonly provider: ScriptedProvider;
  withdraw(headers?: Record<string, string>): Promise<Response>;
  close(): void;
}

export async function openBank(
  options: Partial<Options> & Pick<Options, "on">,
  ofAction: { readonly observe?: true } = {},
): Promise<Bank> {
  const provider = createScriptedProvider();
  const requireAction = createRequireAction({
    provider,
    user: (req) => req.get("x-user"),
    sealSecrets: ["a secret of at least thirty-two bytes"],
    ledger: createMemoryLedger(),
    ...options,
  });
  const app = express();
  app.use(express.json());
  app.use((_req, res, next) => {
    const span = trace.getTracer("test-http").startSpan("POST /withdrawals");
    res.on("finish", () => span.end());
    context.with(trace.setSpan(context.active(), span), next);
  });
  const bind = (req: express.Request) => ({ amount: req.body.amount, payee: req.body.payee });
  app.post("/withdrawals", requireAction("withdraw-funds", { bind, ...ofAction }), (req, res) => {
    res.json({ ground: approvedAction(req)?.ground });
  });
  const server: Server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    provider,
    withdraw: (headers = {}) =>
      fetch(`http://127.0.0.1:${port}/withdrawals`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-user": "canary-user", ...headers },
        body: JSON.stringify({ amount: "10.00", payee: "canary-payee" }),
      }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
