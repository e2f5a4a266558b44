// One of several processes that claim the same approvals.
import { contend } from "./contend.ts";
import { openLedger } from "./open-ledger.ts";

const { ledger, close } = await openLedger();
await contend(ledger);
await close();
