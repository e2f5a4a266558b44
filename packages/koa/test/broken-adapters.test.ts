import { createGuard, fromIncomingMessage, type Verdict } from "@require-action/core";
import { findFailingCases } from "@require-action/testing/conformance";
import Koa from "koa";
import { describe, expect, it } from "vitest";
import type { ActionContext, KoaActionOptions } from "../src/index.ts";
import { type CreateRequireAction, koaHarness } from "./harness.ts";

/** The adapter as it should be, but for how it follows the verdict. */
function following(
  wrongly: (verdict: Verdict, ctx: ActionContext, next: () => Promise<unknown>) => unknown,
): CreateRequireAction {
  return (options) => {
    const guard = createGuard<ActionContext>({ user: (ctx) => ctx.state["user"]?.id, ...options });
    const requireAction = (action: string, actionOptions?: KoaActionOptions): Koa.Middleware => {
      const protect = guard.protect(action, actionOptions);
      return async (ctx, next) => {
        const request = {
          ...fromIncomingMessage(ctx.req, ctx.res, (ctx as ActionContext).request.body),
          native: ctx,
          method: ctx.method,
          target: ctx.originalUrl,
          ip: ctx.ip,
        };
        await wrongly(await protect(request), ctx, next);
      };
    };
    return Object.assign(requireAction, { guard });
  };
}

function reply(verdict: Verdict, ctx: ActionContext): void {
  if (verdict.kind !== "reply") return;
  ctx.status = verdict.status;
  ctx.set(verdict.headers);
  ctx.body = verdict.body;
}

const broken: readonly { readonly name: string; readonly group: string; readonly create: CreateRequireAction }[] = [
  {
    name: "does not wait for the handler",
    group: "g",
    create: following((verdict, ctx, next) => {
      if (verdict.kind === "reply") return reply(verdict, ctx);
      next().catch(() => {});
      return undefined;
    }),
  },
  {
    name: "swallows what the handler throws",
    group: "k",
    create: following((verdict, ctx, next) =>
      verdict.kind === "reply" ? reply(verdict, ctx) : next().catch(() => {}),
    ),
  },
  {
    name: "calls next after it has replied",
    group: "a",
    create: following((verdict, ctx, next) => {
      reply(verdict, ctx);
      return next();
    }),
  },
  {
    name: "sets the body before the status and forgets the rest",
    group: "f",
    create: following((verdict, ctx, next) => {
      if (verdict.kind === "proceed") return next();
      ctx.body = verdict.body;
      return undefined;
    }),
  },
];

describe("the adapter conformance suite", () => {
  it.each(broken)("is red on an adapter that $name", async ({ group, create }) => {
    expect(await findFailingCases(koaHarness("broken", Koa, create), group)).not.toEqual([]);
  });
});
