import { createRequireAction } from "@require-action/express";
import express from "express";

export function createApp(provider) {
  const requireAction = createRequireAction({ provider, user: () => "alice", sealSecrets: ["s".repeat(32)] });
  const withdrawal = requireAction("withdraw-funds", { bind: (req) => ({ amount: req.body.amount }) });
  const app = express();
  app.use(express.json());
  app.post("/accounts/:id/withdrawals", withdrawal, (req, res) => {
    res.json({ account: req.params.id, withdrawn: withdrawal.approved(req).bound.amount });
  });
  return app;
}
