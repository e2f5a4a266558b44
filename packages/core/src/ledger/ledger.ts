import { ConfigurationError } from "../reply/errors.ts";

/**
 * At-most-once use of an approval. Implementations do each verb in one atomic step; a ledger that is full or out of
 * reach throws, and the guard denies.
 *
 * A ledger may forget a claim once its time has passed, and may lose claims when its data is lost. It must never answer
 * `true` for an approval that it may have forgotten: where it knows that claims were lost at some time, it rejects with a
 * `RequireActionError` of code `action_token_expired` for every approval that was given before. The guard passes that on, so
 * that the client starts the action again; what is approved from then on is later than the loss, and is claimed as usual.
 */
export interface Ledger {
  /** A short name for logs and metrics: `memory`, `redis`. */
  readonly name: string;
  /** The start-up checks that this ledger failed and that its options set to warn. Guards show them in their description. */
  readonly failedChecks?: readonly string[];
  /**
   * Takes `key` for `owner` until `ttlMs` from now, and resolves to whether this owner holds it. Asking again with the same
   * owner finds one's own claim, so a lost reply is not a lost approval.
   * @param key Names the approval: the fingerprint of its sealed key.
   * @param owner Names the request that uses it.
   * @param ttlMs Milliseconds for which the claim must be remembered. A guard asks for a day more than any of its routes
   * accepts the approval for, so that neither a clock that is hours off nor another route outlives the claim.
   * @param approvedAt When the approval was given, in milliseconds since the epoch: the provider's `stateUpdatedAt`, and where
   * it says none, or an incredible one, the time at which the action was first asked for. The same for each claim of an approval.
   * It may be earlier than the approval, and is later only by as much as clocks differ. Absent for what may be done again once its time has passed: then
   * nothing is taken for forgotten.
   * @throws RequireActionError `action_token_expired` when a claim of this approval may have been forgotten,
   * `ledger_unavailable` when the ledger is full or out of reach
   */
  claim(key: string, owner: string, ttlMs: number, approvedAt?: number): Promise<boolean>;
  /** Gives `key` back if `owner` holds it; otherwise nothing happens. */
  release(key: string, owner: string): Promise<void>;
  /**
   * Resolves to whether somebody holds `key`, for states that are shown: nothing may be decided by it. Absent from a ledger that
   * cannot tell.
   */
  isClaimed?(key: string): Promise<boolean>;
}

/** A ledger within a transaction of a database whose client answers at once, as SQLite's do: nothing may be awaited there. */
export interface SynchronousLedger {
  readonly name: string;
  readonly synchronous: true;
  /** As `claim` of a {@link Ledger}. */
  claim(key: string, owner: string, ttlMs: number, approvedAt?: number): boolean;
  /** As `release` of a {@link Ledger}. */
  release(key: string, owner: string): void;
}

/** What a handler may claim with. */
export type ClaimingLedger = Pick<Ledger, "name" | "claim"> | Pick<SynchronousLedger, "name" | "synchronous" | "claim">;

/** Works at once, or as a promise: as the ledger answers. Throws a `ConfigurationError` when it is given no ledger. */
export function callLedger(
  ledger: ClaimingLedger,
  work: () => unknown,
  conclude: (answer: unknown) => void,
  fail: (error: unknown) => never = rethrow,
): void | Promise<void> {
  if (typeof (ledger as Partial<Ledger> | undefined)?.claim !== "function") {
    throw new ConfigurationError("ledger", "must be a ledger, such as ledger.within(client)");
  }
  if (!("synchronous" in ledger)) return (async () => conclude(await work()))().catch(fail);
  try {
    return conclude(work());
  } catch (error) {
    return fail(error);
  }
}

function rethrow(error: unknown): never {
  throw error;
}
