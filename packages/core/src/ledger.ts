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
