export type { ClaimingLedger, Ledger, SynchronousLedger } from "./ledger/ledger.ts";
