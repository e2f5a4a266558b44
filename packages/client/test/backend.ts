import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createMemoryLedger } from "@require-action/core";
import type { ActionProvider, TrackAnswer } from "@require-action/core/provider";
import { createRequireAction, type ExpressActionOptions } from "@require-action/express";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import express from "express";
import { challengePage } from "./challenge-page.ts";
import { readTestToken, testToken } from "./test-token.ts";

/** A request that reached the application. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Latin-1. */
  readonly body: string;
}

/** A small bank with guarded routes, and on another origin the page where its challenges are completed. */
export interface Backend {
  readonly origin: string;
  readonly pageOrigin: string;
  readonly provider: ScriptedProvider;
  /** All requests so far to paths that start so. */
  received(path: string): readonly Received[];
  /** Bodies of the withdrawals that ran. */
  readonly ran: readonly unknown[];
  /** Completes the challenge of a token, as its page does, and returns the result token. */
  complete(token: string): string;
  /** Whether tokens name their action, as those of Authsignal and the engine do. */
  tokensNameKey: boolean;
  close(): Promise<void>;
}

/** Files that the application serves, by path. */
export type Files = Readonly<Record<string, { readonly type: string; readonly content: string }>>;

/** Starts the bank on free loopback ports. Every action is challenged until a test scripts the provider otherwise. */
export async function startBackend(
  files: Files = {},
  {
    allowedHeaders,
  }: { /** Of pages on other origins, which may not call it when absent. */ readonly allowedHeaders?: string } = {},
): Promise<Backend> {
  const received: Received[] = [];
  const ran: unknown[] = [];
  const provider = createScriptedProvider();
  const app = express();
  const page = express();
  const [appServer, pageServer] = [createServer(app), createServer(page)];
  const [origin, pageOrigin] = [await listen(appServer), await listen(pageServer)];

  const backend: Backend = {
    origin,
    pageOrigin,
    provider,
    received: (path) => received.filter((request) => request.path.startsWith(path)),
    ran,
    complete(token) {
      const { key } = readTestToken(token);
      const result = provider.completeChallenge(token);
      return key === undefined ? result : testToken({ key, id: result });
    },
    tokensNameKey: true,
    close: async () => void (await Promise.all([appServer, pageServer].map(close))),
  };

  let tokens = 0;
  provider.answer(({ attributes: { idempotencyKey, redirectUrl = "" } }): TrackAnswer => {
    tokens += 1;
    const token = testToken({ id: `challenge-${tokens}`, ...(backend.tokensNameKey && { key: idempotencyKey }) });
    const url = `${pageOrigin}/challenge?${new URLSearchParams({ token, redirectUrl, origin })}`;
    return { state: "CHALLENGE_REQUIRED", isEnrolled: true, idempotencyKey, token, url };
  });
  const named: ActionProvider = {
    ...provider,
    validateChallenge({ token, ...rest }, options) {
      const { id } = readTestToken(token);
      return provider.validateChallenge({ ...rest, token: id.startsWith("result-") ? id : token }, options);
    },
  };
  const requireAction = createRequireAction({
    provider: named,
    user: () => "alice",
    sealSecrets: ["a secret of the tests, 32 bytes long"],
    ledger: createMemoryLedger(),
    redirectOrigins: [origin],
  });

  if (allowedHeaders !== undefined) {
    app.use((req, res, next) => {
      res.set({ "access-control-allow-origin": "*", "access-control-allow-headers": allowedHeaders });
      if (req.method === "OPTIONS") res.status(204).end();
      else next();
    });
  }
  app.use(express.raw({ type: () => true, limit: "5mb" }), (req, _res, next) => {
    const { method, path, headers } = req;
    const bytes = Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
    received.push({ method, path, token: req.get("action-token"), headers, body: bytes.toString("latin1") });
    if (req.is("json")) req.body = JSON.parse(bytes.toString());
    next();
  });
  const returnHere = (req: express.Request): string => new URL("/return", req.get("referer") ?? origin).href;
  const guarded = (
    path: string,
    options: ExpressActionOptions,
    handle: express.RequestHandler,
    action = "withdraw-funds",
  ): unknown => app.post(path, requireAction(action, options), handle);
  const run: express.RequestHandler = (req, res) => {
    ran.push(Buffer.isBuffer(req.body) ? req.body.length : req.body);
    res.status(201).json({ ran: ran.length });
  };
  guarded("/withdrawals", { redirectUrl: returnHere }, run);
  guarded("/payouts", {}, run, "pay-out");
  guarded("/uploads", { bind: "none", redirectUrl: returnHere }, run);
  guarded("/short", { maxAge: 1, redirectUrl: returnHere }, run);
  guarded("/bound", { bind: (req) => ({ amount: req.body.amount }), verificationMethods: ["PASSKEY"] }, run);
  guarded("/rfc9470", { profile: "rfc9470" }, run);
  guarded("/leaving", {}, (_req, res) => res.redirect(307, `${pageOrigin}/leak`));
  guarded("/lost", {}, (req) => {
    ran.push(req.body);
    // Not just closed: browsers themselves repeat a request whose connection is closed before any reply.
    req.socket.end("HTTP/1.1 201 Created\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
  });
  // As a server action: the verdict is data, in a response of its own.
  app.post("/server-action", async (req, res) => {
    const { token, input } = req.body;
    const call = { user: "alice", bound: () => ({ amount: input.amount as string }), token };
    const result = await requireAction.guard.run("withdraw-funds", call, () => ran.push(input));
    res.json(result.kind === "done" ? { kind: "done", value: { ran: result.value } } : result);
  });
  app.post("/moved", (_req, res) => res.redirect(307, "/withdrawals"));
  app.post("/echo", (req, res) => void res.status(Number(req.query["status"] ?? 200)).json(req.body));
  for (const [path, { type, content }] of Object.entries(files)) {
    app.get(path, (_req, res) => void res.type(type).send(content));
  }

  page.get("/challenge", (_req, res) => void res.type("html").set("cache-control", "no-store").send(challengePage));
  page.post("/complete", express.text(), (req, res) => void res.send(backend.complete(req.body)));
  page.all("/leak", (req, res) => {
    received.push({
      method: req.method,
      path: "/leak",
      token: req.get("action-token"),
      headers: req.headers,
      body: "",
    });
    res.set({ "access-control-allow-origin": "*", "access-control-allow-headers": "*" }).end();
  });
  return backend;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
