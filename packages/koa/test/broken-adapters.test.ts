import { type ActionOptions, createGuard } from "@require-action/core";
import { attachGuard, fromIncomingMessage, type Verdict } from "@require-action/core/adapter";
import { adapterCasesOf, findFailingCases } from "@require-action/conformance/adapter";
import Koa from "koa";
import { describe, expect, it } from "vitest";
import type { ActionContext, ActionMiddleware } from "../src/index.ts";
import { type CreateRequireAction, koaHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

/** The adapter as it should be, but for how it follows the verdict. */
function following(
  wrongly: (verdict: Verdict, ctx: ActionContext, next: () => Promise<unknown>) => unknown,
  change: (ctx: ActionContext) => object = () => ({}),
): CreateRequireAction {
  return (options) => {
    const guard = createGuard<ActionContext>({ user: (ctx) => ctx.state["user"]?.id, ...options });
    const requireAction = (action: string, actionOptions?: ActionOptions<any, any>): ActionMiddleware<any> => {
      const protect = guard.protect(action, actionOptions);
      return attachGuard(protect, async (ctx: ActionContext, next: Koa.Next) => {
        const request = {
          ...fromIncomingMessage(ctx.req, ctx.res, ctx.request.body),
          native: ctx,
          method: ctx.method,
          target: ctx.originalUrl,
          ip: ctx.ip,
          ...change(ctx),
        };
        await wrongly(await protect(request), ctx, next);
      });
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

const follow: Parameters<typeof following>[0] = (verdict, ctx, next) =>
  verdict.kind === "reply" ? reply(verdict, ctx) : next();

describe("the adapter conformance suite", () => {
  it.each([
    [
      "d",
      "hands over the url",
      "T14: an approval is good for the target as received, below a mount point that is taken off the url",
      (ctx: ActionContext) => ({ target: ctx.url }),
    ],
    [
      "d",
      "hands over the url that Koa saw first",
      "T14: an approval is good for the target as received, below a mount point that is taken off the url",
      (ctx: ActionContext) => ({ target: ctx.originalUrl }),
    ],
    [
      "e",
      "hands over no text",
      "T56: a body that names a field twice answers 400, with an approval and without",
      () => ({}),
    ],
  ] as const)("(%s) is red on an adapter that %s (%s)", async (group, _name, title, change) => {
    expect(
      await findFailingCases(adapterCasesOf(group), () => koaHarness(Koa, following(follow, change)), { atOnce: true }),
    ).toContain(title);
  });

  it.concurrent.each(broken)("is red on an adapter that $name", async ({ group, create }) => {
    expect(await findFailingCases(adapterCasesOf(group), () => koaHarness(Koa, create), { atOnce: true })).not.toEqual(
      [],
    );
  });
});
