import { ProviderError } from "../../reply/errors.ts";

const RETRY_AFTER_SECONDS = 1;

/** Bounds the calls of one provider that are under way at once, and those that wait: in all, and of each user. */
export interface Bulkhead {
  /**
   * Takes a place for a user. Answers `undefined` when there is one, otherwise the wait for one; throws `provider_busy` when
   * there is not even room to wait.
   */
  enter(userId: string): Wait | undefined;
  /** Gives a user's place back. The next one goes to whoever waits with places of their share left, users in turn. */
  leave(userId: string): void;
}

export interface Wait {
  readonly entered: Promise<void>;
  /** Ends the wait, and gives the place back if it has come at this very moment. */
  giveUp(): void;
}

/** What one user has of a bulkhead. */
interface Holding {
  underWay: number;
  readonly waiting: Set<() => void>;
}

/** How many calls of one provider a bulkhead lets through. */
export interface BulkheadLimits {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  /** The part of both that one user may take. */
  readonly userShare: number;
}

/** So many users' holdings are kept while they have nothing in hand: whoever calls next finds his there. */
const MOST_KEPT = 256;

/** Creates an empty bulkhead for the provider that is called `name`. */
export function createBulkhead(name: string, { maxConcurrent, maxQueued, userShare }: BulkheadLimits): Bulkhead {
  const maxOfUser = Math.max(1, Math.ceil(maxConcurrent * userShare));
  const maxQueuedOfUser = Math.ceil(maxQueued * userShare);
  const holdings = new Map<string, Holding>();
  /** Users who wait and have places of their share left, in the order of their turns. */
  const turns = new Set<string>();
  let underWay = 0;
  let queued = 0;

  function take(holding: Holding): void {
    underWay += 1;
    holding.underWay += 1;
  }

  function admitNext(): void {
    const [userId] = turns;
    if (userId === undefined || underWay >= maxConcurrent) return;
    turns.delete(userId);
    const holding = holdings.get(userId)!;
    const [first] = holding.waiting;
    holding.waiting.delete(first!);
    queued -= 1;
    take(holding);
    if (holding.waiting.size > 0 && holding.underWay < maxOfUser) turns.add(userId);
    first!();
  }

  function leave(userId: string): void {
    const holding = holdings.get(userId)!;
    underWay -= 1;
    holding.underWay -= 1;
    if (holding.waiting.size > 0) turns.add(userId);
    else if (holding.underWay === 0 && holdings.size > MOST_KEPT) holdings.delete(userId);
    admitNext();
  }

  return {
    enter(userId) {
      let holding = holdings.get(userId);
      if (holding === undefined) {
        holding = { underWay: 0, waiting: new Set() };
        holdings.set(userId, holding);
      }
      if (underWay < maxConcurrent && holding.underWay < maxOfUser) {
        take(holding);
        return undefined;
      }
      if (queued >= maxQueued || holding.waiting.size >= maxQueuedOfUser) {
        if (holding.underWay === 0 && holding.waiting.size === 0) holdings.delete(userId);
        const whose = queued >= maxQueued ? "" : " of one user";
        const detail = `${name} has as many calls${whose} under way and waiting as resilience allows`;
        throw new ProviderError("provider_busy", detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      let admit!: () => void;
      const entered = new Promise<void>((resolve) => {
        admit = resolve;
      });
      const { waiting } = holding;
      waiting.add(admit);
      queued += 1;
      if (holding.underWay < maxOfUser) turns.add(userId);
      const giveUp = (): void => {
        if (!waiting.delete(admit)) return leave(userId);
        queued -= 1;
        if (waiting.size > 0) return;
        turns.delete(userId);
        if (holding.underWay === 0) holdings.delete(userId);
      };
      return { entered, giveUp };
    },
    leave,
  };
}
