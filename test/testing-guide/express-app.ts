import { createRequireAction, type ExpressGuardOptions } from "@require-action/express";
import express, { type Express } from "express";

/** In production: `createApp({ provider: engine, sealSecrets, ledger }, pay)`. */
export function createApp(guardOptions: ExpressGuardOptions, pay: (bound: unknown) => Promise<void>): Express {
  const requireAction = createRequireAction(guardOptions);
  const withdrawal = requireAction("withdraw-funds", {
    bind: (req) => ({ amount: req.body.amount, payee: req.body.payee }),
  });
  const app = express();
  app.use(express.json());
  app.post("/withdrawals", withdrawal, async (req, res) => {
    const { bound } = withdrawal.approved(req);
    await pay(bound);
    res.json({ withdrawn: bound.amount });
  });
  return app;
}
