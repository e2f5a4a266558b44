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
   * second with the usual `maxAge`, and for 2 a second with reviews only. A million claims take some 160 MB.
   */
  readonly maxClaims?: number;
}

export interface MemoryLedger extends Ledger {
  /** Claims held now. */
  readonly size: number;
}

const SWEEP_INTERVAL_MS = 1_000;
/** Each sweep looks at a part of the claims, so that none takes long: at this many at least, and at all of them within a minute. */
const LEAST_LOOKS = 2_000;
const SWEEPS_OF_A_ROUND = 60;

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
  const claims = new Map<string, PackedClaim>();
  const forgotten = createForgottenApprovals();
  /** No claim ends before. */
  let soonestEnd = Number.POSITIVE_INFINITY;
  /** The second in which all claims were looked at last. */
  let lookedIn: number | undefined;
  /** Where the next sweep goes on. */
  let rest: Iterator<[string, PackedClaim]> | undefined;
  let sweeper: NodeJS.Timeout | undefined;

  /** Drops a claim that has ended; returns when it ends otherwise. */
  const dropIfEnded = (key: string, claim: PackedClaim, now: number): number => {
    const { expiresAt, approvedAt } = unpackClaim(claim);
    if (expiresAt > now) return expiresAt;
    if (approvedAt !== undefined) forgotten.add(approvedAt);
    claims.delete(key);
    return Number.POSITIVE_INFINITY;
  };

  /** Looks at all claims, once in a second, and at none while all are live: a full ledger calls it for each that it refuses. */
  const dropEnded = (now: number): void => {
    const second = Math.floor(now / 1_000);
    if (now < soonestEnd || second === lookedIn) return;
    lookedIn = second;
    soonestEnd = Number.POSITIVE_INFINITY;
    for (const [key, claim] of claims) soonestEnd = Math.min(soonestEnd, dropIfEnded(key, claim, now));
  };

  const sweep = (): void => {
    const now = clock.now();
    rest ??= claims.entries();
    for (let looks = Math.max(LEAST_LOOKS, claims.size / SWEEPS_OF_A_ROUND); looks > 0; looks--) {
      const next = rest.next();
      if (next.done === true) {
        rest = undefined;
        break;
      }
      dropIfEnded(...next.value, now);
    }
    if (claims.size > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };

  const claimNow: ClaimAtOnce = (key, owner, ttlMs, approvedAt) => {
    if (!(ttlMs > 0)) throw new RangeError("a claim must last");
    const now = clock.now();
    const claimed = claims.get(key);
    const held = claimed === undefined ? undefined : unpackClaim(claimed);
    // An approval whose claim has ended is as used as before; anything else is anybody's then.
    if (held && (approvedAt !== undefined || held.expiresAt > now)) return held.owner === owner;
    if (approvedAt !== undefined && forgotten.has(approvedAt)) throw new RequireActionError("action_token_expired");
    if (held) claims.delete(key);
    if (claims.size >= maxClaims) dropEnded(now);
    if (claims.size >= maxClaims) {
      throw new RequireActionError("ledger_unavailable", {
        detail: `the memory ledger holds ${maxClaims} live claims and is full`,
      });
    }
    const expiresAt = now + ttlMs;
    claims.set(key, packClaim({ owner, expiresAt, approvedAt }));
    soonestEnd = Math.min(soonestEnd, expiresAt);
    sweeper ??= setInterval(sweep, SWEEP_INTERVAL_MS).unref();
    return true;
  };
  const claim: Ledger["claim"] = async (...claimed) => claimNow(...claimed);
  atOnce.set(claim, claimNow);

  return {
    name: "memory",
    get size() {
      return claims.size;
    },
    claim,
    release: async (key, owner) => {
      const claimed = claims.get(key);
      if (claimed !== undefined && unpackClaim(claimed).owner === owner) claims.delete(key);
    },
    isClaimed: async (key) => claims.has(key),
  };
}

/** A claim of a {@link Ledger}, without a promise. */
type ClaimAtOnce = (...claimed: Parameters<Ledger["claim"]>) => boolean;

/** By the very verb that answers with a promise, so that one which stands in for it, as in a test, is the one that is called. */
const atOnce = new WeakMap<Ledger["claim"], ClaimAtOnce>();

/** How a ledger claims without a promise, where it can: to wait for one, within a deadline, costs more than the claim. */
export function claimAtOnce({ claim }: Pick<Ledger, "claim">): ClaimAtOnce | undefined {
  return atOnce.get(claim);
}

interface Claim {
  readonly owner: string;
  readonly expiresAt: number;
  readonly approvedAt: number | undefined;
}

/** A claim as one text, at a third of the memory that a record takes: two times in base 36, and the owner. */
type PackedClaim = string;

const RADIX = 36;

function packClaim({ owner, expiresAt, approvedAt }: Claim): PackedClaim {
  // In one piece: what `+` makes of long texts is a tree of them, which a map keeps as it is.
  return [packTime(expiresAt), approvedAt === undefined ? "" : packTime(approvedAt), owner].join(".");
}

function unpackClaim(claim: PackedClaim): Claim {
  const first = claim.indexOf(".");
  const second = claim.indexOf(".", first + 1);
  return {
    owner: claim.slice(second + 1),
    expiresAt: parseInt(claim, RADIX),
    approvedAt: second === first + 1 ? undefined : parseInt(claim.slice(first + 1, second), RADIX),
  };
}

/** In whole milliseconds, rather too late than too early. */
function packTime(time: number): string {
  return Math.min(Math.ceil(time), Number.MAX_SAFE_INTEGER).toString(RADIX);
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
