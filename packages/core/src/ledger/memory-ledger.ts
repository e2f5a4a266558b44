import { type Clock, systemClock } from "../lib/clock.ts";
import { option } from "../options/option.ts";
import { defineOptions, readOptions } from "../options/read-options.ts";
import { RequireActionError } from "../reply/errors.ts";
import type { Ledger } from "./ledger.ts";
import { warnIfOneOfSeveral } from "./worker-process.ts";

/** Options of {@link createMemoryLedger}. */
export interface MemoryLedgerOptions {
  readonly clock?: Clock;
  /**
   * Claims held at once, 1,000,000 by default. When full, new claims are refused and no live one is dropped. Guards have an
   * approval remembered for a day longer than any route accepts it, so that the default is good for about 11 approvals a
   * second with the usual `maxAge`, and for 2 a second with reviews only. A million claims take some 250 MB.
   */
  readonly maxClaims?: number;
}

export interface MemoryLedger extends Ledger {
  /** Claims held now. */
  readonly size: number;
}

interface Claim {
  readonly owner: string;
  readonly expiresAt: number;
  readonly approvedAt: number | undefined;
}

const SWEEP_INTERVAL_MS = 1_000;

const optionsSchema = defineOptions<MemoryLedgerOptions>({
  required: {},
  optional: { clock: option.withMethods("now"), maxClaims: option.whole({ least: 1 }) },
});

/**
 * Creates a ledger for one process: another process knows nothing of its claims, and a restart forgets them, so that an
 * approval may be used once per process. Use a shared ledger in production. An approval is never claimed twice, whatever the
 * clock does: one whose claim has ended is refused. `claim` rejects with `ledger_unavailable` when the ledger is full, and
 * with `action_token_expired` for an approval whose claim may have been forgotten.
 */
export function createMemoryLedger(options?: MemoryLedgerOptions): MemoryLedger {
  const { clock = systemClock, maxClaims = 1_000_000 } = readOptions("createMemoryLedger", optionsSchema, options);
  warnIfOneOfSeveral("ledger");
  const claims = new Map<string, Claim>();
  /** Keys by the second in which they end, so that ending costs nothing per live claim. */
  const endings = new Map<number, Set<string>>();
  const forgotten = createForgottenApprovals();
  let sweptSecond: number | undefined;
  let sweeper: NodeJS.Timeout | undefined;

  const dropExpired = (now: number): void => {
    const nowSecond = secondOf(now);
    // Once per second, or a full ledger would look at all its endings for each claim that it refuses.
    if (nowSecond === sweptSecond) return;
    sweptSecond = nowSecond;
    for (const [second, keys] of endings) {
      if (second >= nowSecond) continue;
      for (const key of keys) {
        const approvedAt = claims.get(key)?.approvedAt;
        if (approvedAt !== undefined) forgotten.add(approvedAt);
        claims.delete(key);
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
    const second = secondOf(claim.expiresAt);
    const keys = endings.get(second);
    if (keys) keys.add(key);
    else endings.set(second, new Set([key]));
    sweeper ??= setInterval(sweep, SWEEP_INTERVAL_MS).unref();
  };

  const drop = (key: string, { expiresAt }: Claim): void => {
    claims.delete(key);
    endings.get(secondOf(expiresAt))?.delete(key);
  };

  return {
    name: "memory",
    get size() {
      return claims.size;
    },
    claim: async (key, owner, ttlMs, approvedAt) => {
      if (!(ttlMs > 0)) throw new RangeError("a claim must last");
      const now = clock.now();
      const held = claims.get(key);
      // An approval whose claim has ended is as used as before; anything else is anybody's then.
      if (held && (approvedAt !== undefined || held.expiresAt > now)) return held.owner === owner;
      if (approvedAt !== undefined && forgotten.has(approvedAt)) throw new RequireActionError("action_token_expired");
      if (held) drop(key, held);
      if (claims.size >= maxClaims) dropExpired(now);
      if (claims.size >= maxClaims) {
        throw new RequireActionError("ledger_unavailable", {
          detail: `the memory ledger holds ${maxClaims} live claims and is full`,
        });
      }
      add(key, { owner, expiresAt: now + ttlMs, approvedAt });
      return true;
    },
    release: async (key, owner) => {
      const held = claims.get(key);
      if (held?.owner === owner) drop(key, held);
    },
    isClaimed: async (key) => claims.has(key),
  };
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1000);
}

const HOUR_MS = 3_600_000;

/** Which approvals a ledger may have forgotten, by when they were given: no clock has a say in it. */
interface ForgottenApprovals {
  /** Notes that the claim of an approval that was given then is forgotten. */
  add(approvedAt: number): void;
  /** True when the claim of an approval that was given then may have been forgotten. */
  has(approvedAt: number): boolean;
}

/**
 * Creates the memory of what was forgotten: of each hour in which approvals were given, the last one. Whatever a clock did to
 * a claim, its approval is refused; an approval that is given later, or in an hour of which nothing was forgotten, is not, so
 * that no clock denies for ever. An hour costs one number.
 */
function createForgottenApprovals(): ForgottenApprovals {
  const lastOf = new Map<number, number>();
  return {
    add(approvedAt) {
      const hour = Math.floor(approvedAt / HOUR_MS);
      lastOf.set(hour, Math.max(approvedAt, lastOf.get(hour) ?? approvedAt));
    },
    has: (approvedAt) => approvedAt <= (lastOf.get(Math.floor(approvedAt / HOUR_MS)) ?? Number.NEGATIVE_INFINITY),
  };
}
