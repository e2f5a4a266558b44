// Compiled by `npm run typecheck`, and not run.
import express, { type Request, type RequestHandler, type Response } from "express";
import { expectTypeOf } from "vitest";
import {
  type Approved,
  approvedAction,
  type ApprovedAction,
  createActionDecorator,
  type ExpressActionOptions,
  type RequireAction,
} from "../src/index.ts";

declare const requireAction: RequireAction;
const app = express();

/** The handler behind a guard reads what it approved, and has the types that Express infers. */
function routes(): void {
  const withdrawal = requireAction("withdraw-funds", { bind: (req) => ({ amount: String(req.body.amount) }) });
  app.post("/accounts/:id/withdrawals", withdrawal, (req, res) => {
    expectTypeOf(withdrawal.approved(req).bound).toEqualTypeOf<{ readonly amount: string }>();
    expectTypeOf(withdrawal.approved(req).userId).toBeString();
    expectTypeOf(req.params).toEqualTypeOf<{ id: string }>();
    expectTypeOf(req.body).toBeAny();
    expectTypeOf(res.json).toBeFunction();
    expectTypeOf(approvedAction(req)).toEqualTypeOf<ApprovedAction | undefined>();
    // @ts-expect-error -- no such parameter
    void req.params.account;
    // @ts-expect-error -- no such field
    void withdrawal.approved(req).bound.payee;
    // @ts-expect-error -- the response instead of the request
    withdrawal.approved(res);
  });
  app.post("/accounts/:id/close", express.json(), requireAction("close-account"), async (req, res) => {
    expectTypeOf(req.params.id).toBeString();
    res.json({ closed: req.params.id });
  });
  app.route("/accounts/:id").delete(requireAction("close-account"), (req) => {
    expectTypeOf(req.params).toEqualTypeOf<{ id: string }>();
  });
  express.Router().get("/:a/:b", requireAction("look"), requireAction("look-closer"), (req) => {
    expectTypeOf(req.params.a).toBeString();
    expectTypeOf(req.params.b).toBeString();
  });
  const handler = (req: Request<{ id: string }, { ok: boolean }, { amount: string }>, res: Response<{ ok: boolean }>) =>
    res.json({ ok: withdrawal.approved(req).bound.amount === req.body.amount });
  app.post("/accounts/:id/typed", withdrawal, handler);
  app.use("/accounts", withdrawal);
  app.use(requireAction("sign-in"), express.json());
  expectTypeOf(withdrawal).toExtend<RequestHandler>();
}

/** A `bind` that names the types of its route. */
function typedBind(): void {
  const transfer = requireAction("transfer", {
    bind: (req: Request<{ account: string }, unknown, { amount: string; memo?: string }>) => ({
      account: req.params.account,
      amount: req.body.amount,
      memo: req.body.memo,
    }),
    when: (req) => {
      expectTypeOf(req.params.account).toBeString();
      return true as const;
    },
  });
  app.post("/accounts/:account/transfers", transfer, (req, res) => {
    expectTypeOf(req.params).toEqualTypeOf<{ account: string }>();
    expectTypeOf(transfer.approved(req).bound).toEqualTypeOf<{
      readonly account: string;
      readonly amount: string;
      readonly memo: string;
    }>();
    res.end();
  });
  // In Express 5, a parameter is a string or, for a wildcard, a list: the guard refuses that one.
  const untyped = requireAction("transfer", { bind: (req) => ({ account: req.params["account"] }) });
  expectTypeOf<Approved<typeof untyped>["bound"]>().toEqualTypeOf<{ readonly account: string }>();
  // @ts-expect-error -- a nested object
  requireAction("transfer", { bind: (req) => ({ payee: { iban: String(req.body.iban) } }) });
  // @ts-expect-error -- a list, of a typed request
  requireAction("transfer", { bind: (req: Request<object, unknown, { payees: string[] }>) => req.body });
}

function elsewhere(): void {
  const options: ExpressActionOptions = { bind: (req) => ({ amount: req.body.amount }) };
  const withdrawal = requireAction("withdraw-funds", options);
  expectTypeOf(withdrawal.approved({} as Request)).toExtend<ApprovedAction>();
  // @ts-expect-error -- the options may as well bind nothing
  void withdrawal.approved({} as Request).bound.amount;
  const RequireAction = createActionDecorator(requireAction);
  const decorated = RequireAction("withdraw-funds", { bind: (req) => ({ amount: String(req.body.amount) }) });
  expectTypeOf(decorated.approved({} as Request).bound.amount).toBeString();
  // @ts-expect-error -- no field is bound
  void RequireAction("withdraw-funds").approved({} as Request).bound;
}

export const types = [routes, typedBind, elsewhere];
