import { createGuard } from "@require-action/core";
import { fromIncomingMessage, type GuardRequest, type Verdict } from "@require-action/core/adapter";
import { adapterCasesOf, findFailingCases } from "@require-action/conformance/adapter";
import fastify, { type FastifyReply, type FastifyRequest, type preHandlerAsyncHookHandler } from "fastify";
import { describe, expect, it } from "vitest";
import type { FastifyActionOptions, RequireAction } from "../src/index.ts";
import { type CreateRequireAction, fastifyHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

interface Step {
  readonly protect: (request: GuardRequest<FastifyRequest>) => Promise<Verdict>;
  readonly request: GuardRequest<FastifyRequest>;
  readonly reply: FastifyReply;
}

/** The adapter as an async hook, which is broken in one way or another. */
function asyncHook(run: (step: Step) => Promise<unknown>): CreateRequireAction {
  return (options) => {
    const guard = createGuard<FastifyRequest>({ user: (request) => (request as any).user?.id, ...options });
    const requireAction = (action: string, actionOptions?: FastifyActionOptions<any>): preHandlerAsyncHookHandler => {
      const protect = guard.protect(action, actionOptions as never);
      return async (request: FastifyRequest, reply: FastifyReply) =>
        run({
          protect,
          reply,
          request: {
            ...fromIncomingMessage(request.raw, reply.raw, request.body),
            native: request,
            method: request.method,
            target: request.originalUrl,
            ip: request.ip,
          },
        });
    };
    return Object.assign(requireAction, { guard }) as unknown as RequireAction;
  };
}

const broken: readonly { readonly name: string; readonly group: string; readonly create: CreateRequireAction }[] = [
  {
    name: "sends from an async hook and forgets to return the reply",
    group: "a",
    create: asyncHook(async ({ protect, request, reply }) => {
      const verdict = await protect(request);
      if (verdict.kind === "reply") {
        void reply.code(verdict.status).headers(verdict.headers).send(Buffer.from(verdict.body));
      }
    }),
  },
  {
    // Fastify goes on to the handler when the connection has closed before the reply has ended.
    name: "returns the reply from an async hook, as Fastify documents, though the client may leave",
    group: "i",
    create: asyncHook(async ({ protect, request, reply }) => {
      const verdict = await protect(request);
      if (verdict.kind === "proceed") return;
      return reply.code(verdict.status).headers(verdict.headers).send(Buffer.from(verdict.body));
    }),
  },
  {
    name: "sends the body as text, to which Fastify adds a charset",
    group: "f",
    create: asyncHook(async ({ protect, request, reply }) => {
      const verdict = await protect(request);
      if (verdict.kind === "proceed") return;
      reply.code(verdict.status).headers(verdict.headers).send(verdict.body);
      return reply;
    }),
  },
  {
    name: "binds the path below the prefix only",
    group: "d",
    create: asyncHook(async ({ protect, request, reply }) => {
      const verdict = await protect({ ...request, target: request.native.routeOptions.url ?? "/" });
      if (verdict.kind === "proceed") return;
      reply.code(verdict.status).headers(verdict.headers).send(Buffer.from(verdict.body));
      return reply;
    }),
  },
];

describe("the adapter conformance suite", () => {
  it.each([
    [
      "d",
      "hands over the url that its router sees",
      "T14: an approval is good for the target as received, below a mount point that is taken off the url",
      (native: FastifyRequest) => ({ target: native.url }),
    ],
    [
      "e",
      "hands over no text",
      "T56: a body that names a field twice answers 400, with an approval and without",
      () => ({}),
    ],
  ] as const)("(%s) is red on an adapter that %s (%s)", async (group, _name, title, change) => {
    const create = asyncHook(async ({ protect, request, reply }) => {
      const verdict = await protect({ ...request, ...change(request.native) });
      if (verdict.kind === "proceed") return;
      return reply.code(verdict.status).headers(verdict.headers).send(Buffer.from(verdict.body));
    });
    expect(
      await findFailingCases(adapterCasesOf(group), () => fastifyHarness(fastify, create), { atOnce: true }),
    ).toContain(title);
  });

  it.concurrent.each(broken)("is red on an adapter that $name", async ({ group, create }) => {
    expect(
      await findFailingCases(adapterCasesOf(group), () => fastifyHarness(fastify, create), { atOnce: true }),
    ).not.toEqual([]);
  });
});
