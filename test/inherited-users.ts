import { createEngine } from "@require-action/engine";
import { createRequireAction as createForExpress } from "@require-action/express";
import { createRequireAction as createForFastify } from "@require-action/fastify";
import { createRequireAction as createForHono } from "@require-action/hono";
import { createRequireAction as createForKoa } from "@require-action/koa";
import { RequireActionModule } from "@require-action/nestjs";
import { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import type { Inherit } from "./inherited-attacks.ts";

/** Requests of nobody, by the resolvers of users that adapters have of their own. */

const frameworkOf = (folder: string): any =>
  createRequire(new URL(`../packages/${folder}/package.json`, import.meta.url))(folder);

const engine = createEngine({
  policy: { actions: { free: { defaultOutcome: "ALLOW" } } },
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "https://b.example",
  baseUrl: "https://b.example/a",
});

/** Inherits from `when`, which comes before the user, until the provider is asked: no other part can fail of it. */
let whileResolving: Inherit | undefined;
let end = (): void => {};
let ended: Promise<unknown> = Promise.resolve();
const when = (): boolean => {
  if (whileResolving) ended = whileResolving(() => new Promise<void>((resolve) => (end = resolve)));
  return true;
};

const options = {
  provider: {
    name: "engine",
    async track(...given: Parameters<typeof engine.track>) {
      end();
      await ended;
      return engine.track(...given);
    },
    validateChallenge: engine.validateChallenge,
    getAction: engine.getAction,
  },
  sealSecrets: ["a seal secret of at least thirty-two bytes"],
  ledger: { name: "always", claim: async () => true, release: async () => {} },
  resilience: "none" as const,
  onNotEnrolled: "allow" as const,
};

/** Sends one request, in which the framework's user is this one, and answers whether it ran. The guard is within `inherit`. */
type Send = (user: object | undefined, inherit: Inherit) => Promise<boolean>;

const exchange = (): { readonly req: IncomingMessage; readonly res: ServerResponse } => {
  const req = Object.assign(new IncomingMessage(new Socket()), { method: "GET", url: "/free", originalUrl: "/free" });
  return { req, res: new ServerResponse(req) };
};

function express(): Send {
  const guard = createForExpress(options)("free", { when }) as (...given: unknown[]) => unknown;
  return (user, inherit) => {
    const { req, res } = exchange();
    if (user) Object.assign(req, { user });
    return inherit(
      () =>
        new Promise((resolve) => {
          res.end = (() => resolve(false)) as never;
          guard(req, res, (error?: unknown) => resolve(error === undefined));
        }),
    );
  };
}

function koa(): Send {
  const app = new (frameworkOf("koa"))();
  const guard = createForKoa(options)("free", { when }) as (...given: unknown[]) => Promise<unknown>;
  return async (user, inherit) => {
    const { req, res } = exchange();
    const ctx = app.createContext(req, res);
    ctx.request.ip = "192.0.2.1";
    if (user) ctx.state.user = user;
    let hasRun = false;
    await inherit(() => guard(ctx, async () => (hasRun = true)));
    return hasRun;
  };
}

function fastify(): Send {
  const preHandler = createForFastify(options)("free", { when }) as (...given: unknown[]) => unknown;
  return (user, inherit) => {
    const { req, res } = exchange();
    const request = { raw: req, method: "GET", url: "/free", ip: "192.0.2.1", ...(user && { user }) };
    return inherit(
      () =>
        new Promise((resolve) => {
          const reply = { raw: res, code: () => reply, headers: () => reply, send: () => resolve(false) };
          preHandler(request, reply, (error?: unknown) => resolve(error === undefined));
        }),
    );
  };
}

function hono(): Send {
  const { Hono } = frameworkOf("hono");
  const app = new Hono();
  app.onError((_: unknown, c: any) => c.text("failed", 500));
  const requireAction = createForHono({ ...options, clientAddress: () => "192.0.2.1" });
  app.use(async (c: any, next: () => Promise<void>) => {
    const { user } = c.env as { readonly user?: object };
    if (user) c.set("user", user);
    await next();
  });
  app.get("/free", requireAction("free", { when }), (c: any) => c.text("ran"));
  return async (user, inherit) => {
    const env = Object.assign(Object.create(null) as object, { user });
    return inherit(async () => (await app.request("/free", undefined, env)).status === 200);
  };
}

function nest(): Send {
  const [{ useFactory }] = (Reflect as any).getMetadata("providers", RequireActionModule);
  const protect = useFactory(options).protect("free", { when });
  return async (user, inherit) => {
    const request = {
      native: user ? { user } : {},
      method: "GET",
      target: "/free",
      ip: "192.0.2.1",
      header: () => undefined,
      body: { sent: false, read: true, value: undefined },
      closed: () => false,
      whenEnded: () => {},
    };
    return inherit(async () => (await protect(request)).kind === "proceed");
  };
}

/** The requests of each adapter that somebody sends, to show that they would run; and those that must not. */
export const adapters: Readonly<Record<string, Send>> = {
  Express: express(),
  Koa: koa(),
  Fastify: fastify(),
  Hono: hono(),
  Nest: nest(),
};

async function inheritForUser(inherit: Inherit, send: () => Promise<boolean>): Promise<boolean> {
  whileResolving = inherit;
  try {
    return await send();
  } finally {
    whileResolving = undefined;
    end();
    await ended;
  }
}

export const attacksAsNobody: Readonly<Record<string, (inherit: Inherit) => Promise<boolean>>> = Object.fromEntries(
  Object.entries(adapters).flatMap(([name, send]) => [
    [`nobody, on ${name}`, (inherit: Inherit) => send(undefined, inherit)],
    [
      `nobody, while ${name}'s user is read`,
      (inherit: Inherit) => inheritForUser(inherit, () => send(undefined, (work) => work())),
    ],
    [
      `a user without id, while ${name}'s user is read`,
      (inherit: Inherit) => inheritForUser(inherit, () => send({}, (work) => work())),
    ],
  ]),
);
