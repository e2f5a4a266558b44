import { serveExample } from "@require-action-examples/bank";
import type { RequireAction } from "@require-action/express";
import { createApp } from "./app.ts";
import { openBank } from "./open-bank.ts";

const bank = await openBank(process.env);
let guarded: RequireAction | undefined;

await serveExample(
  "durable",
  (options) => {
    const { app, requireAction } = createApp(options, bank);
    guarded = requireAction;
    return app;
  },
  { store: bank.store, ledger: bank.ledger },
);

process.once("SIGTERM", async () => {
  const report = await guarded?.guard.stop();
  await bank.close();
  process.exit(report?.left === 0 ? 0 : 1);
});
