import { createAdaptorServer } from "@hono/node-server";
import {
  createGuard,
  type GuardRequest,
  type RequestBody,
  type Verdict,
  whenResponseEnded,
} from "@require-action/core";
import { findFailingCases } from "@require-action/testing/conformance";
import { type Context, Hono, type MiddlewareHandler, type Next } from "hono";
import { describe, expect, it } from "vitest";
import { readBody } from "../src/request-body.ts";
import type { HonoActionOptions } from "../src/index.ts";
import { type CreateRequireAction, honoHarness } from "./harness.ts";

interface Step {
  readonly c: Context;
  readonly next: Next;
  readonly verdict: Verdict;
}

/** The adapter as it should be, but for how it reads the body or follows the verdict. */
function adapter({
  read = (c) => readBody(c.req),
  follow = ({ c, next, verdict }) => (verdict.kind === "proceed" ? next() : reply(c, verdict)),
  target = (c) => c.req.url,
}: {
  read?: (c: Context) => Promise<RequestBody>;
  follow?: (step: Step) => unknown;
  target?: (c: Context) => string;
}): CreateRequireAction {
  return (options) => {
    const guard = createGuard<Context>({ user: (c) => c.get("user")?.id, ...options });
    const requireAction = (action: string, actionOptions?: HonoActionOptions): MiddlewareHandler => {
      const protect = guard.protect(action, actionOptions);
      return (async (c, next) => {
        const { signal } = c.req.raw;
        const request: GuardRequest<Context> = {
          native: c,
          method: c.req.method,
          target: target(c),
          ip: c.env.incoming.socket.remoteAddress,
          header: (name) => c.req.header(name),
          body: await read(c),
          closed: () => signal.aborted || c.env.incoming.socket.destroyed,
          whenEnded: (tell) => whenResponseEnded(c.env.outgoing, tell),
        };
        return follow({ c, next, verdict: await protect(request) });
      }) as MiddlewareHandler;
    };
    return Object.assign(requireAction, { guard });
  };
}

function reply(c: Context, verdict: Verdict): Response | undefined {
  return verdict.kind === "reply" ? c.body(verdict.body, verdict.status as 403, verdict.headers) : undefined;
}

const broken: readonly { readonly name: string; readonly group: string; readonly create: CreateRequireAction }[] = [
  {
    name: "reads the body past Hono's cache, so that nobody else can",
    group: "a",
    create: adapter({ read: async (c) => ({ sent: true, read: true, value: await c.req.raw.json() }) }),
  },
  {
    name: "takes a body that it does not read for none",
    group: "e",
    create: adapter({ read: async (c) => ({ ...(await readBody(c.req)), sent: false }) }),
  },
  {
    name: "takes JSON that cannot be bound for none",
    group: "e",
    create: adapter({
      read: async (c) => ({ sent: false, read: true, value: await c.req.json().catch(() => undefined) }),
    }),
  },
  { name: "binds the path without the query", group: "d", create: adapter({ target: (c) => c.req.path }) },
  {
    name: "makes a reply and runs the handler too",
    group: "a",
    create: adapter({
      follow: async ({ c, next, verdict }) => {
        await next();
        return reply(c, verdict);
      },
    }),
  },
  {
    name: "does not wait for the handler",
    group: "g",
    create: adapter({
      follow: ({ c, next, verdict }) => {
        if (verdict.kind === "reply") return reply(c, verdict);
        next().catch(() => {});
        return undefined;
      },
    }),
  },
];

describe("the adapter conformance suite", () => {
  it.each(broken)("is red on an adapter that $name", async ({ group, create }) => {
    const harness = honoHarness("broken", { Hono, createAdaptorServer }, create);
    expect(await findFailingCases(harness, group)).not.toEqual([]);
  });

  it.each([..."adeg"])("is green on a hand-written adapter that is right (%s)", async (group) => {
    const harness = honoHarness("right", { Hono, createAdaptorServer }, adapter({}));
    expect(await findFailingCases(harness, group)).toEqual([]);
  });
});
