// Compiled by `npm run typecheck`, and not run.
import Router from "@koa/router";
import type { Context, Middleware } from "koa";
import { expectTypeOf } from "vitest";
import { createRequireAction, type KoaGuardOptions, type RequireAction } from "../src/index.ts";

declare const requireAction: RequireAction;
const router = new Router();

/** The handler behind a guard reads what it approved. */
function routes(): void {
  const withdrawal = requireAction("withdraw-funds", {
    bind: async (ctx) => ({ amount: String(ctx.request.body.amount) }),
  });
  router.post("/accounts/:id/withdrawals", withdrawal, (ctx) => {
    expectTypeOf(withdrawal.approved(ctx).bound).toEqualTypeOf<{ readonly amount: string }>();
    // @ts-expect-error -- no such field
    void withdrawal.approved(ctx).bound.payee;
    // @ts-expect-error -- Koa's context, not Node's request
    withdrawal.approved(ctx.req);
  });
  const closing = requireAction("close-account");
  router.post("/accounts/:id/close", closing, (ctx) => {
    // @ts-expect-error -- no field is bound
    void closing.approved(ctx).bound;
  });
  expectTypeOf(withdrawal).toExtend<Middleware>();
  expectTypeOf(withdrawal.approved).toBeCallableWith({} as Context);
  // @ts-expect-error -- a nested object
  requireAction("transfer", { bind: (ctx) => ({ payee: { iban: String(ctx.request.body.iban) } }) });
}

/** A context that the application types. */
function typedContext(): void {
  const typed = createRequireAction<{ account: { id: string } }>({} as KoaGuardOptions<{ account: { id: string } }>);
  const withdrawal = typed("withdraw-funds", { bind: ({ state }) => ({ account: state.account.id }) });
  expectTypeOf(withdrawal.approved({} as Context).bound.account).toBeString();
  expectTypeOf(withdrawal).toExtend<Middleware<{ account: { id: string } }>>();
}

export const types = [routes, typedContext];
