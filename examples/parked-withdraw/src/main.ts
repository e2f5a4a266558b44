import { serveExample } from "@require-action-examples/bank";
import { createApp } from "./app.ts";
import { openBank } from "./parked-bank.ts";

const bank = await openBank(process.env);
await serveExample("parked", (options) => createApp(options, bank), { store: bank.store, ledger: bank.ledger });
console.log("Approved withdrawals run in a worker, which is a process of its own.");
