export type { Ledger, SynchronousLedger } from "./ledger/ledger.ts";
