import { createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import { type ActionProvider, type Approved, createRequireAction } from "@require-action/express";
import express, { type Express } from "express";

/** The events of the guard, through an entry of its own. */
export const events: GuardEvent[] = [];

export function createApp(provider: ActionProvider): Express {
  const requireAction = createRequireAction({
    provider,
    user: () => "alice",
    sealSecrets: ["s".repeat(32)],
    ledger: createMemoryLedger(),
    on: (event) => events.push(event),
  });
  const withdrawal = requireAction("withdraw-funds", { bind: (req) => ({ amount: String(req.body.amount) }) });
  const receipt = (account: string, { bound }: Approved<typeof withdrawal>) => ({
    account,
    withdrawn: bound.amount.padStart(6, "0"),
  });
  // @ts-expect-error -- a nested object cannot be bound
  requireAction("transfer", { bind: (req) => ({ payee: { iban: String(req.body.iban) } }) });

  const app = express();
  app.use(express.json());
  app.post("/accounts/:id/withdrawals", withdrawal, (req, res) => {
    res.json(receipt(req.params.id, withdrawal.approved(req)));
  });
  return app;
}
