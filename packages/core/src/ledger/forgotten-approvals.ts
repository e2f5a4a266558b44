const HOUR_MS = 3_600_000;

/** Which approvals a ledger may have forgotten, by when they were given: no clock has a say in it. */
export interface ForgottenApprovals {
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
export function createForgottenApprovals(): ForgottenApprovals {
  const lastOf = new Map<number, number>();
  return {
    add(approvedAt) {
      const hour = Math.floor(approvedAt / HOUR_MS);
      lastOf.set(hour, Math.max(approvedAt, lastOf.get(hour) ?? approvedAt));
    },
    has: (approvedAt) => approvedAt <= (lastOf.get(Math.floor(approvedAt / HOUR_MS)) ?? Number.NEGATIVE_INFINITY),
  };
}
