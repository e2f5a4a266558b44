import type { Ledger } from "@require-action/core";

/** How the suite reaches a ledger. */
export interface LedgerHarness {
  readonly name: string;
  /** Opens a ledger of its own: what another one holds is not in it. */
  open(): Promise<LedgerSubject>;
}

/** One open ledger, and time as it sees it. */
export interface LedgerSubject {
  readonly ledger: Ledger;
  /** Another connection to the same ledger, as another process has; itself where a ledger is for one process only. */
  readonly other: Ledger;
  /** Lets `ms` milliseconds pass for the ledger. */
  pass(ms: number): Promise<void>;
  /** Ends what `create` began. */
  close(): Promise<void>;
}

/** One behaviour that every ledger has. */
export interface LedgerCase {
  readonly title: string;
  /** Rejects when the ledger behaves otherwise. */
  run(subject: LedgerSubject): Promise<void>;
}
