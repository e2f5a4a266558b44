import type { Counts } from "./figure-records.ts";

/** Buckets to each doubling: what is read from them is off by a tenth at most. */
const PER_DOUBLING = 4;

/**
 * The bucket of a duration: its index on one fixed logarithmic scale, so that buckets of hours add up to those of days. 0 is for less
 * than a millisecond.
 */
export function bucketOf(ms: number): number {
  return ms < 1 ? 0 : 1 + Math.floor(Math.log2(ms) * PER_DOUBLING + 1e-9);
}

/** The middle of a bucket in milliseconds; 0 for those of less than one. */
function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  return 2 ** ((bucket - 0.5) / PER_DOUBLING);
}

/** How many durations there are in all buckets. */
export function totalOf(buckets: Counts): number {
  return Object.values(buckets).reduce((sum, count) => sum + count, 0);
}

/**
 * The duration that a share of all are at most, in milliseconds; `undefined` of none.
 * @param share from 0 to 1, as 0.95
 */
export function quantileOf(buckets: Counts, share: number): number | undefined {
  const rank = Math.max(1, Math.ceil(share * totalOf(buckets)));
  let seen = 0;
  for (const [bucket, count] of Object.entries(buckets)
    .map(([index, size]) => [Number(index), size] as const)
    .toSorted(([one], [other]) => one - other)) {
    seen += count;
    if (seen >= rank) return middleOf(bucket);
  }
  return undefined;
}
