import { type Clock, systemClock } from "./clock.ts";
import { ConfigurationError, RequireActionError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";

export interface MemoryLedgerOptions {
  readonly clock?: Clock;
  /** Claims held at once, 1,000,000 by default. When full, new claims are refused and no live one is dropped. */
  readonly maxClaims?: number;
}

export interface MemoryLedger extends Ledger {
  /** Claims held now. */
  readonly size: number;
}

interface Claim {
  readonly owner: string;
  readonly expiresAt: number;
}

const SWEEP_INTERVAL_MS = 1_000;

/**
 * Creates a ledger for one process: another process knows nothing of its claims, and a restart forgets them, so that an
 * approval may be used once per process. Use a shared ledger in production. `claim` rejects with `ledger_unavailable`
 * when the ledger is full.
 */
export function createMemoryLedger({
  clock = systemClock,
  maxClaims = 1_000_000,
}: MemoryLedgerOptions = {}): MemoryLedger {
  if (!Number.isSafeInteger(maxClaims) || maxClaims < 1)
    throw new ConfigurationError("maxClaims", "must be a positive integer");
  const claims = new Map<string, Claim>();
  /** Keys by the second in which they end, so that ending costs nothing per live claim. */
  const endings = new Map<number, string[]>();
  let sweeper: NodeJS.Timeout | undefined;

  const dropExpired = (now: number): void => {
    for (const [second, keys] of endings) {
      if ((second + 1) * 1000 > now) continue;
      for (const key of keys) {
        const claim = claims.get(key);
        if (claim && claim.expiresAt <= now) claims.delete(key);
      }
      endings.delete(second);
    }
  };

  const sweep = (): void => {
    dropExpired(clock.now());
    if (endings.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };

  const add = (key: string, claim: Claim): void => {
    claims.set(key, claim);
    const second = Math.floor(claim.expiresAt / 1000);
    const keys = endings.get(second);
    if (keys) keys.push(key);
    else endings.set(second, [key]);
    sweeper ??= setInterval(sweep, SWEEP_INTERVAL_MS).unref();
  };

  return {
    name: "memory",
    get size() {
      return claims.size;
    },
    claim: async (key, owner, ttlMs) => {
      const now = clock.now();
      const held = claims.get(key);
      if (held && held.expiresAt > now) return held.owner === owner;
      if (claims.size >= maxClaims) dropExpired(now);
      if (claims.size >= maxClaims) {
        throw new RequireActionError("ledger_unavailable", {
          detail: `the memory ledger holds ${maxClaims} live claims and is full`,
        });
      }
      add(key, { owner, expiresAt: now + ttlMs });
      return true;
    },
    release: async (key, owner) => {
      if (claims.get(key)?.owner === owner) claims.delete(key);
    },
  };
}
