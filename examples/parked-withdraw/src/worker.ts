import { createDecisionPoint } from "@require-action-examples/bank";
import { createGuard } from "@require-action/core";
import { createParkedWorker } from "@require-action/parked";
import type pg from "pg";
import { openBank, sealSecrets } from "./parked-bank.ts";

const bank = await openBank(process.env);
const { engine } = createDecisionPoint({ url: "http://localhost:3000", store: bank.store });
const guard = createGuard({
  provider: engine,
  sealSecrets,
  ledger: bank.ledger,
  user: () => undefined,
  on: (event) => console.log(JSON.stringify(event)),
});

const worker = await createParkedWorker<pg.PoolClient>(bank.queue, {
  guard,
  ledger: bank.ledger,
  transaction: bank.transaction,
  actions: {
    async "withdraw-funds"(approved, transaction) {
      const isPaid = await bank.pay(approved, transaction);
      // To throw would be to try again: without enough money, the approval is used up.
      if (!isPaid) console.log(`${approved.userId} has not enough money for ${approved.bound.amount}`);
    },
  },
});
console.log("The worker waits for approved withdrawals.");

process.once("SIGTERM", async () => {
  await worker.stop();
  await bank.close();
  process.exit();
});
