/** A retry for every ten calls that succeed, and not more than this many saved up. */
const MAX_SAVED = 2;
const EARNED_BY_SUCCESS = 0.1;

/**
 * How many calls of one provider may be made once more. Only successes earn any, so that retries help against a stray failure
 * and add nothing to an outage.
 */
export interface RetryBudget {
  succeeded(): void;
  /** Takes one retry; false when there is none left. */
  take(): boolean;
}

/** Creates a budget with one retry in it. */
export function createRetryBudget(): RetryBudget {
  let saved = 1;
  return {
    succeeded() {
      saved = Math.min(MAX_SAVED, saved + EARNED_BY_SUCCESS);
    },
    take() {
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
