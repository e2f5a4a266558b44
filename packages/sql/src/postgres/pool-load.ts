import { createLoadWatch } from "@require-action/core/provider";
import { DatabaseBusy, isBusy, isClientTimeout, isFullPool, kindOf } from "../database/database-errors.ts";
import type { PostgresPool } from "./postgres-options.ts";

/** A database that has answered nothing for this long, to those that have all connections, may be down rather than busy. */
const SILENCE_MS = 500;
/** The connections that `pg.Pool` opens at most by default. */
const DEFAULT_CONNECTIONS = 10;

/**
 * After a crowd of statements at the pool, silence of up to this long says more of the crowd than of the database: one that has
 * no processor to itself answers late, though neither this process is late nor an answer on its way.
 */
const CROWDED_SILENCE_MS = 10_000;
/** So many statements for each connection are a crowd. */
const CROWD = 2;

/** One statement's wait for its answer. */
interface StatementWait {
  answered(): void;
  /** Decides what to report: `DatabaseBusy` where it is our own load, or what else the pool is used for, that failed it. */
  diagnose(error: unknown): unknown;
  end(): void;
}

/** Distinguishes a pool that is full, and a database that is slow, from one that is down. */
export interface PoolLoad {
  begin(timeoutMs: number): StatementWait;
  /** True while statements wait for a connection for as long as that says nothing of the database. */
  isBusy(): boolean;
}

/** Watches the statements that are sent through a pool. */
export function watchPool(pool: PostgresPool): PoolLoad {
  const watch = createLoadWatch();
  let underWay = 0;
  let lastAnswerAt = Number.NEGATIVE_INFINITY;
  let lastOutageAt = Number.NEGATIVE_INFINITY;
  let lastCrowdAt = Number.NEGATIVE_INFINITY;
  const { max = DEFAULT_CONNECTIONS } = pool.options ?? {};

  /** True while the crowd of late explains why nothing is heard of a database that answered before. */
  const isCrowded = (): boolean => {
    const since = performance.now() - CROWDED_SILENCE_MS;
    return lastCrowdAt > since && lastAnswerAt > since;
  };

  return {
    begin(timeoutMs) {
      underWay += 1;
      const beganAt = performance.now();
      if (underWay > CROWD * max) lastCrowdAt = beganAt;
      const wait = watch.begin(timeoutMs);
      const answered = (): void => {
        wait.answered();
        lastAnswerAt = performance.now();
      };
      return {
        answered,
        diagnose(error) {
          const isUnreachable = lastOutageAt > beganAt && lastAnswerAt < beganAt;
          if (isFullPool(error)) return isUnreachable ? error : new DatabaseBusy("POOL_FULL");
          if (isClientTimeout(error) && (isCrowded() || wait.wasCutShortByOwnDoing())) {
            return new DatabaseBusy("CLIENT_TIMEOUT");
          }
          if (isBusy(error)) answered();
          else if (isOutage(error)) lastOutageAt = performance.now();
          return error;
        },
        end: () => void (underWay -= 1),
      };
    },
    isBusy() {
      if (lastOutageAt > lastAnswerAt) return false;
      if (isCrowded()) return true;
      const { waitingCount = 0, options = {} } = pool;
      if (waitingCount === 0) return false;
      const isOthers = underWay - waitingCount < (options.max ?? 0);
      return isOthers || performance.now() - lastAnswerAt < SILENCE_MS;
    },
  };
}

/** No connection, or one that broke, by SQLSTATE or by Node's word for it. */
function isOutage(error: unknown): boolean {
  const kind = kindOf(error);
  return kind.startsWith("08") || kind.startsWith("57P") || !/^[0-9A-Z]{5}$/.test(kind);
}
