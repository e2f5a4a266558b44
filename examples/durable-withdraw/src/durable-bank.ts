import type { Withdrawal } from "@require-action-examples/bank";
import type { ApprovedAction } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import type { Store } from "@require-action/engine";

/** A bank whose accounts, actions and used approvals are in one database, so that one transaction covers them all. */
export interface DurableBank {
  /** The engine's. */
  readonly store: Store;
  /** The guard's. */
  readonly ledger: Ledger;
  balance(userId: string): Promise<string>;
  /**
   * Uses the approval up and moves the money, both or neither. Answers with the new balance, or `undefined` without enough
   * money; throws `action_token_used` when another withdrawal has used the approval, and `BankBusy` before anything was done.
   */
  withdraw(approved: ApprovedAction, withdrawal: Withdrawal): Promise<string | undefined>;
  close(): Promise<void>;
}

/** No connection was to be had: nothing has happened, and the same request may come again. */
export class BankBusy extends Error {}

/** What everyone starts with, in cents. */
export const STARTING_CENTS = 2_000_000;

/** Money in cents, which a decimal string of the bank fits into. */
export function toCents(amount: string): number {
  const [whole = "0", fraction = ""] = amount.split(".");
  return Number(whole) * 100 + Number(fraction.padEnd(2, "0"));
}

export function fromCents(cents: number): string {
  return (cents / 100).toFixed(2);
}
