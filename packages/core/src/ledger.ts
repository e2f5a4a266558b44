/**
 * At-most-once use of an approval. Implementations do each verb in one atomic step; a ledger that is full or out of
 * reach throws, and the guard denies.
 */
export interface Ledger {
  /** A short name for logs and metrics: `memory`, `redis`. */
  readonly name: string;
  /**
   * Takes `key` for `owner` until `ttlMs` from now, and tells whether this owner holds it. Asking again with the same
   * owner finds one's own claim, so a lost reply is not a lost approval.
   */
  claim(key: string, owner: string, ttlMs: number): Promise<boolean>;
  /** Gives `key` back if `owner` holds it; otherwise nothing happens. */
  release(key: string, owner: string): Promise<void>;
}

/** A ledger within a transaction of a database whose client answers at once, as SQLite's do: nothing may be awaited there. */
export interface SynchronousLedger {
  readonly name: string;
  readonly synchronous: true;
  /** As `claim` of a {@link Ledger}. */
  claim(key: string, owner: string, ttlMs: number): boolean;
  /** As `release` of a {@link Ledger}. */
  release(key: string, owner: string): void;
}

/** What a handler may claim with. */
export type ClaimingLedger = Pick<Ledger, "name" | "claim"> | Pick<SynchronousLedger, "name" | "synchronous" | "claim">;
