import { createAdaptorServer } from "@hono/node-server";
import { type ActionOptions, createGuard } from "@require-action/core";
import {
  attachGuard,
  type GuardRequest,
  type RequestBody,
  type Verdict,
  whenResponseEnded,
} from "@require-action/core/adapter";
import { adapterCasesOf, findFailingCases } from "@require-action/conformance/adapter";
import { type Context, Hono, type Next } from "hono";
import { describe, expect, it } from "vitest";
import { receivedUrl } from "../src/node-connection.ts";
import { readBody } from "../src/request-body.ts";
import type { ActionMiddleware } from "../src/index.ts";
import { type CreateRequireAction, honoHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

interface Step {
  readonly c: Context;
  readonly next: Next;
  readonly verdict: Verdict;
}

/** The adapter as it should be, but for how it reads the body or follows the verdict. */
function adapter({
  read = (c) => readBody(c.req),
  follow = ({ c, next, verdict }) => (verdict.kind === "proceed" ? next() : reply(c, verdict)),
  target = receivedUrl,
}: {
  read?: (c: Context) => Promise<RequestBody>;
  follow?: (step: Step) => unknown;
  target?: (c: Context) => string;
}): CreateRequireAction {
  return (options) => {
    const guard = createGuard<Context>({ user: (c) => c.get("user")?.id, ...options });
    const requireAction = (action: string, actionOptions?: ActionOptions<any, any>): ActionMiddleware<any> => {
      const protect = guard.protect(action, actionOptions);
      return attachGuard(protect, (async (c: Context, next: Next) => {
        const { signal } = c.req.raw;
        const request: GuardRequest<Context> = {
          native: c,
          method: c.req.method,
          target: target(c),
          ip: c.env.incoming.socket.remoteAddress,
          header: (name) => c.req.header(name),
          body: await read(c),
          setCookie: (cookie) => c.header("set-cookie", cookie, { append: true }),
          closed: () => signal.aborted || c.env.incoming.socket.destroyed,
          whenEnded: (tell) => whenResponseEnded(c.env.outgoing, tell),
        };
        return follow({ c, next, verdict: await protect(request) });
      }) as ActionMiddleware);
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
  // First: what the others leave behind keeps the process at work for a while.
  it.each([..."adeg"])("is green on a hand-written adapter that is right (%s)", async (group) => {
    const harness = honoHarness({ Hono, createAdaptorServer }, adapter({}));
    expect(await findFailingCases(adapterCasesOf(group), () => harness)).toEqual([]);
  });

  it.concurrent.each(broken)("is red on an adapter that $name", async ({ group, create }) => {
    const harness = honoHarness({ Hono, createAdaptorServer }, create);
    expect(await findFailingCases(adapterCasesOf(group), () => harness, { atOnce: true })).not.toEqual([]);
  });

  it.each([
    [
      "d",
      "hands over the url that its router sees",
      "T14: an approval is good for the target as received, below a mount point that is taken off the url",
      { target: (c: Context) => c.req.url },
    ],
    [
      "e",
      "hands over no text",
      "T56: a body that names a field twice answers 400, with an approval and without",
      { read: async (c: Context) => ({ ...(await readBody(c.req)), text: undefined }) },
    ],
  ] as const)("(%s) is red on an adapter that %s (%s)", async (group, _name, title, broken) => {
    const harness = honoHarness({ Hono, createAdaptorServer }, adapter(broken));
    expect(await findFailingCases(adapterCasesOf(group), () => harness, { atOnce: true })).toContain(title);
  });
});
