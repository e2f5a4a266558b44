// Compiled by `npm run typecheck`, and not run.
import fastify, { type FastifyRequest } from "fastify";
import { expectTypeOf } from "vitest";
import type { RequireAction } from "../src/index.ts";

declare const requireAction: RequireAction;
const app = fastify();

/** The handler behind a guard reads what it approved, and has the types of its route. */
function routes(): void {
  const withdrawal = requireAction("withdraw-funds", { bind: (request) => ({ amount: String(request.body.amount) }) });
  app.post<{ Params: { id: string } }>("/accounts/:id/withdrawals", { preHandler: withdrawal }, async (request) => {
    expectTypeOf(withdrawal.approved(request).bound).toEqualTypeOf<{ readonly amount: string }>();
    expectTypeOf(request.params.id).toBeString();
    // @ts-expect-error -- no such field
    void withdrawal.approved(request).bound.payee;
    // @ts-expect-error -- Fastify's request, not Node's
    withdrawal.approved(request.raw);
  });
  const closing = app.requireAction("close-account", { bind: "none" });
  app.post("/accounts/:id/close", { preHandler: [closing] }, async (request) => {
    expectTypeOf(closing.approved(request).userId).toBeString();
    // @ts-expect-error -- no field is bound
    void closing.approved(request).bound;
  });
}

/** A `bind` that names the types of its route. */
function typedBind(): void {
  interface Route {
    Params: { account: string };
    Body: { amount: string; memo?: string };
  }
  const transfer = requireAction("transfer", {
    bind: async ({ params, body }: FastifyRequest<Route>) => ({ account: params.account, ...body }),
  });
  app.post<Route>("/accounts/:account/transfers", { preHandler: transfer }, async (request) => {
    expectTypeOf(transfer.approved(request).bound.account).toBeString();
    expectTypeOf(transfer.approved(request).bound.memo).toEqualTypeOf<string | undefined>();
  });
  // @ts-expect-error -- a nested object
  requireAction("transfer", { bind: (request) => ({ payee: { iban: String(request.body.iban) } }) });
}

export const types = [routes, typedBind];
