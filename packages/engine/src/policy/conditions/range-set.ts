import type { IpRange } from "../model/ip-value.ts";

/** A set of addresses given by ranges, found by bisection: block lists have thousands of them. */
export interface RangeSet {
  has(address: bigint): boolean;
}

export function createRangeSet(ranges: readonly IpRange[]): RangeSet {
  const merged: { first: bigint; last: bigint }[] = [];
  const sorted = [...ranges].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  for (const { first, last } of sorted) {
    const before = merged.at(-1);
    if (before === undefined || first > before.last) merged.push({ first, last });
    else if (last > before.last) before.last = last;
  }
  return {
    has(address) {
      let low = 0;
      let high = merged.length - 1;
      while (low <= high) {
        const middle = (low + high) >>> 1;
        const range = merged[middle];
        if (range === undefined || address < range.first) high = middle - 1;
        else if (address > range.last) low = middle + 1;
        else return true;
      }
      return false;
    },
  };
}
