import { ProviderError } from "./errors.ts";

const RETRY_AFTER_SECONDS = 1;

/** Bounds the calls of one provider that are under way at once, and those that wait. */
export interface Bulkhead {
  /**
   * Takes a place. Answers `undefined` when there is one, otherwise the wait for one; throws `provider_busy` when there is
   * not even room to wait.
   */
  enter(): Wait | undefined;
  /** Gives a place back: to who has waited longest. */
  leave(): void;
}

export interface Wait {
  readonly entered: Promise<void>;
  /** Ends the wait, and gives the place back if it has come at this very moment. */
  giveUp(): void;
}

/** Creates an empty bulkhead for the provider that is called `name`. */
export function createBulkhead(
  name: string,
  { maxConcurrent, maxQueued }: { readonly maxConcurrent: number; readonly maxQueued: number },
): Bulkhead {
  const waiting = new Set<() => void>();
  let underWay = 0;
  function leave(): void {
    const [first] = waiting;
    if (!first) {
      underWay -= 1;
      return;
    }
    waiting.delete(first);
    first();
  }

  return {
    enter() {
      if (underWay < maxConcurrent) {
        underWay += 1;
        return undefined;
      }
      if (waiting.size >= maxQueued) {
        throw new ProviderError(
          "provider_busy",
          `${name} has ${maxConcurrent} calls under way and ${maxQueued} waiting`,
          {
            retryAfterSeconds: RETRY_AFTER_SECONDS,
          },
        );
      }
      let admit!: () => void;
      const entered = new Promise<void>((resolve) => {
        admit = resolve;
      });
      waiting.add(admit);
      const giveUp = (): void => {
        if (!waiting.delete(admit)) leave();
      };
      return { entered, giveUp };
    },
    leave,
  };
}
