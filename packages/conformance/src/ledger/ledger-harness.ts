import type { Ledger } from "@require-action/core/ledger";
import type { OpenHarness } from "../suite/conformance-case.ts";

/** A ledger under test, empty, and time as it sees it. */
export interface LedgerHarness extends OpenHarness {
  readonly ledger: Ledger;
  /** Another connection to the same ledger, as another process has it; `ledger` itself where a ledger serves one process only. */
  readonly other: Ledger;
  /** Lets `ms` milliseconds pass for the ledger. */
  pass(ms: number): void | Promise<void>;
}
