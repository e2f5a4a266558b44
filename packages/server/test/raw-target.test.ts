import { inFull } from "@require-action-test/support/full";
import { requestTarget } from "@require-action-test/support/raw-request";
import { type Served, serve } from "@require-action-test/support/serve";
import { createAdaptorServer } from "@hono/node-server";
import { createEngine } from "@require-action/engine";
import { createClientApi } from "../src/client-api/index.ts";
import { createServer, type FetchHandler, hashPassword, type Server, toNodeHandler } from "../src/index.ts";
import express from "express";
import express4 from "express4";
import Fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { createAdaptorServer as createAdaptorServer2 } from "node-server2";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiSecret, basic, policy, tenantId } from "./harness.ts";

const engine = createEngine({
  policy,
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "https://bank.example",
  baseUrl: "https://bank.example/auth",
});
const passwordHash = await hashPassword("a long password for tests");
const server = (basePath: string): Server =>
  createServer(engine, {
    apiSecrets: [apiSecret],
    tenantId,
    basePath,
    console: { reviewers: [{ id: "rita", passwordHash }] },
  });
const listening = (listener: RequestListener) => (): Promise<Served> => serve(listener, "127.0.0.1");

async function fastify(): Promise<Served> {
  const app = Fastify();
  const listener = toNodeHandler(server("/auth"));
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null));
    scope.all("/auth/*", (request, reply) => {
      reply.hijack();
      return listener(request.raw, reply.raw);
    });
  });
  return { origin: await app.listen({ port: 0, host: "127.0.0.1" }), close: () => app.close() };
}

async function onHonoServer(app: Hono<Env>, create: typeof createAdaptorServer = createAdaptorServer): Promise<Served> {
  const served = create({ fetch: app.fetch, createServer: createHttpServer }).listen(0, "127.0.0.1");
  await once(served, "listening");
  const close = (): Promise<void> => new Promise((resolve) => served.close(() => resolve()));
  return { origin: `http://127.0.0.1:${(served.address() as AddressInfo).port}`, close };
}

function koa(handler: FetchHandler): RequestListener {
  const listener = toNodeHandler(handler);
  return new Koa()
    .use(async (context, next) => {
      if (!context.path.startsWith("/auth/")) return next();
      context.respond = false;
      return listener(context.req, context.res);
    })
    .callback();
}

/** What `@hono/node-server` hands on of Node. */
interface Env {
  readonly Bindings: { readonly incoming: IncomingMessage };
}

function aloneInHono(): Hono<Env> {
  const handler = server("/auth");
  return new Hono<Env>().all("/auth/*", ({ req }) => handler(req.raw));
}

const split = server("/auth");
/** On Node 26, Hono's `mount` cannot copy requests of @hono/node-server 1. */
const serverForMount = Number.parseInt(process.versions.node) < 26 ? [] : [createAdaptorServer2];

const mounts: Readonly<Record<string, () => Promise<Served>>> = {
  "node:http": listening(toNodeHandler(server("/auth"))),
  "node:http, the public half": listening(toNodeHandler(split.public)),
  "node:http, the admin half": listening(toNodeHandler(split.admin)),
  "Express 5": listening(express().use("/auth", toNodeHandler(server("")))),
  "Express 5, nested": listening(
    express().use(
      "/auth",
      express
        .Router()
        .use(express.json())
        .use("/", toNodeHandler(server(""))),
    ),
  ),
  "Express 4": listening(express4().use("/auth", toNodeHandler(server("")) as never) as never),
  Koa: listening(koa(server("/auth"))),
  Fastify: fastify,
  "Hono within a node handler": listening(
    toNodeHandler(async (request) => new Hono().all("/auth/*", ({ req }) => server("/auth")(req.raw)).fetch(request)),
  ),
  "Hono, given the environment": () => {
    const handler = server("/auth");
    return onHonoServer(new Hono<Env>().all("/auth/*", ({ req, env }) => handler(req.raw, env)));
  },
  "Hono, given the request alone": () => onHonoServer(aloneInHono()),
  "Hono, given the request alone by version 2": () => onHonoServer(aloneInHono(), createAdaptorServer2),
  "Hono, by mount": () => onHonoServer(new Hono<Env>().mount("/auth", server("")), ...serverForMount),
};

/** Paths below the mount, each of which one reader or another takes for a path of another user, API or view. */
const ambiguous: readonly string[] = [
  "/v1/users/mallory/../victim2",
  "/v1/users/mallory/%2e%2e/victim2",
  "/v1/users/mallory/%2E%2E/victim2",
  "/v1/users/mallory/.%2e/victim2",
  "/v1/users/mallory/%2E./victim2",
  "/v1/users/mallory%2F..%2Fvictim2",
  "/v1/users/mallory%2f%2e%2e%2fvictim2",
  "/v1/users/mallory%5c..%5cvictim2",
  "/v1/users/mallory\\..\\victim2",
  "/v1/users/mallory/..\\victim2",
  "/v1/users/./victim2",
  "/v1/users/mallory/authenticators/../../victim2",
  "/v1/users/..",
  "/v1/users/%2e%2e",
  "/v1/users/alice#x",
  "/v1/users/alice%zz",
  "/v1/users/alice%u002e",
  "/v1/users/alice%ff",
  "/v1/users/\u00e9",
  "/v1\\users/alice",
  "/challenge/../console",
  "/challenge/%2e%2e/console",
  "/challenge/%2e%2e/console/sign-in",
  "/challenge/..\\console",
  "/challenge%2f..%2fconsole",
  "/challenge/../v1/users/alice",
  "/challenge/../dev/outbox",
  "/v1/client/../users/alice",
  "/v1/client/%2e%2e/users/alice",
  "/v1/client/user-authenticators/../../users",
  "/v1/client/user-authenticators#",
  "/console/./reviews",
  "/console\\reviews",
  "/healthz/.",
  "/healthz/%2e",
  "/healthz?\u00e9",
  "/nowhere/../healthz",
];

/** `npm run test:full` sends each method everywhere. */
const methods = inFull ? ["GET", "POST", "HEAD", "OPTIONS", "DELETE", "PATCH"] : ["GET", "OPTIONS"];

describe.each(Object.entries(mounts))("mounted in %s", (name, mount) => {
  let served: Served;
  beforeAll(async () => {
    served = await mount();
  });
  afterAll(() => served.close());
  const headers = { authorization: basic(apiSecret) };

  it.each(methods)("T61, S8: answers 400 to every ambiguous target, for %s", async (method) => {
    const preflight = { origin: "https://app.example", "access-control-request-method": "POST" };
    for (const path of ambiguous) {
      const sent = { method, headers: method === "OPTIONS" ? preflight : headers };
      const { status, body } = await requestTarget(served.origin, `/auth${path}`, sent);
      const isOurs = body === "" ? method === "HEAD" : body.includes('"errorCode":"invalid_request"');
      // Node's parser, Fastify, and Hono's server turn some away themselves, in words of their own.
      const others = name === "Fastify" || path.includes("\u00e9") ? [400] : name.startsWith("Hono,") ? [400, 404] : [];
      expect(isOurs ? [400] : others, `${path}: ${status} ${body}`).toContain(status);
    }
  });

  it("T61: answers plain targets", async () => {
    const statuses = async (paths: readonly string[]): Promise<unknown> =>
      Promise.all(paths.map(async (path) => (await requestTarget(served.origin, `/auth${path}`, { headers })).status));
    // Fastify knows no bare percent sign.
    const bare = name === "Fastify" ? [] : ["/v1/users/100%"];
    const forAdmin = ["/v1/users/alice", "/v1/users/a%2Fb", "/v1/users?username=o'brien", ...bare];
    const is = (half: string): boolean => name.endsWith(half);
    expect(await statuses(forAdmin)).toEqual(forAdmin.map(() => (is("public half") ? 404 : 200)));
    expect(await statuses(["/console/sign-in"])).toEqual([is("public half") ? 404 : 200]);
    expect(await statuses(["/challenge"])).toEqual([is("admin half") ? 404 : 200]);
    expect(await statuses(["/healthz"])).toEqual([200]);
  });

  // @hono/node-server refuses the absolute form itself.
  if (name.startsWith("Hono,")) return;
  it("C10: reads an absolute target as any other, and believes no authority", async () => {
    for (const authority of ["http://bank.example", "HTTP://127.0.0.1:1", "https://[::1]:8443"]) {
      const { status } = await requestTarget(served.origin, `${authority}/auth/healthz`);
      expect(status).toBe(200);
      for (const path of ["/auth/challenge/../healthz", "/auth/%2e%2e/healthz", "//auth/healthz", "/auth/healthz#"]) {
        expect((await requestTarget(served.origin, authority + path)).status, authority + path).not.toBe(200);
      }
    }
  });
});

describe("the Client API by itself", () => {
  it.each(["node:http", "Express"])("T61, C10: looks at the target as well, in %s", async (name) => {
    const api = toNodeHandler(createClientApi(engine, { tenantId, basePath: name === "Express" ? "" : "/auth" }));
    const { origin, close } = await serve(name === "Express" ? express().use("/auth", api) : api, "127.0.0.1");
    const status = async (target: string): Promise<number> => (await requestTarget(origin, target)).status;
    expect(await status("/auth/user-authenticators")).toBe(401);
    expect(await status("http://bank.example/auth/user-authenticators")).toBe(401);
    for (const path of ["/x/../user-authenticators", "/%2e/user-authenticators", "/x\\y", "/a%2f..%2fb"]) {
      expect([path, await status(`/auth${path}`)]).toEqual([path, 400]);
    }
    await close();
  });
});

it("T61: answers 400 to a target that is neither a path nor absolute", async () => {
  const { origin, close } = await serve(toNodeHandler(server("")), "127.0.0.1");
  expect((await requestTarget(origin, "*", { method: "OPTIONS" })).status).toBe(400);
  expect((await requestTarget(origin, "//healthz")).status).toBe(400);
  expect((await requestTarget(origin, "ftp://bank.example/healthz")).status).toBe(400);
  expect((await requestTarget(origin, "http://user@bank.example/healthz")).status).toBe(400);
  await close();
});
