// Compiled by `npm run typecheck`, and not run.
import { type Context, Hono } from "hono";
import { expectTypeOf } from "vitest";
import type { ApprovedAction, RequireAction } from "../src/index.ts";

interface Account {
  Variables: { account: string };
}

declare const requireAction: RequireAction<Account>;
const app = new Hono<Account>();

/** The handler behind a guard reads what it approved, and has the types that Hono infers. */
function routes(): void {
  const withdrawal = requireAction("withdraw-funds", {
    bind: async (c) => ({ account: c.var.account, amount: String((await c.req.json()).amount) }),
  });
  app.post("/accounts/:id/withdrawals", withdrawal, (c) => {
    expectTypeOf(withdrawal.approved(c).bound).toEqualTypeOf<{ readonly account: string; readonly amount: string }>();
    expectTypeOf(c.req.param("id")).toBeString();
    expectTypeOf(c.var.account).toBeString();
    expectTypeOf(c.var.approvedAction).toEqualTypeOf<ApprovedAction>();
    // @ts-expect-error -- no such field
    void withdrawal.approved(c).bound.payee;
    return c.json({ withdrawn: withdrawal.approved(c).bound.amount });
  });
  const closing = requireAction("close-account");
  app.post("/accounts/:id/close", closing, (c) => {
    // @ts-expect-error -- no field is bound
    void closing.approved(c).bound;
    // @ts-expect-error -- Hono's context, not the request
    closing.approved(c.req);
    return c.body(null, 204);
  });
  app.use("/admin/*", closing);
  expectTypeOf(withdrawal.approved).toBeCallableWith({} as Context);
  // @ts-expect-error -- a nested object
  requireAction("transfer", { bind: async (c) => ({ payee: await c.req.json<{ iban: string }>() }) });
}

export const types = [routes];
