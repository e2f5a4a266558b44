import { type Clock, createMemoryLedger } from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import { createRedisLedger, type RedisClient } from "@require-action/redis";
import { createSqliteLedger, type SqliteDatabase } from "@require-action/sql";
import { openSqliteFile } from "../../packages/sql/test/open-sqlite.ts";
import type { Random } from "./random.ts";
import { createSimulatedRedis, type Delivery } from "./redis-simulator.ts";
import type { Schedule } from "./schedule.ts";

/** The ledgers of one run of the simulation: the real ones, on storage that the schedule has a say in. */
export interface LedgerBackend {
  /** Opens the ledger for one process. */
  open(clock: Clock): Promise<Ledger>;
  restart(): void;
  failOver(lacking: number): void;
}

export interface BackendOptions {
  readonly schedule: Schedule;
  /** The clock of the machine that keeps the claims. */
  readonly clock: Clock;
  readonly random: Random;
  /** Breaks the connection to Redis. */
  readonly connection: ((client: RedisClient) => RedisClient) | undefined;
}

const nothing = (): void => {};

/** One ledger, in the memory of one process, that the others share only as its threads would. */
export function createMemoryBackend({ clock }: BackendOptions): LedgerBackend {
  // Few, so that it drops what has ended whenever a claim is made.
  const ledger = createMemoryLedger({ clock, maxClaims: 3 });
  return { open: async () => ledger, restart: nothing, failOver: nothing };
}

let shared: SqliteDatabase | undefined;

/** Claims until the ledger looks at what has ended: with every 64th. These are no approvals, and end at once. */
export async function sendTraffic(ledger: Ledger): Promise<void> {
  for (let index = 0; index < 64; index++) await ledger.claim("webhook", "anybody", 1);
}

/** SQLite in memory, migrated once for all runs and emptied for each. It goes by the clock of whoever asks. */
export function createSqliteBackend(_options: BackendOptions): LedgerBackend {
  if (!shared) {
    shared = openSqliteFile(":memory:") as unknown as SqliteDatabase;
    createSqliteLedger(shared, { migrate: true });
  }
  const database = shared;
  database.exec("DELETE FROM require_action_claims");
  database.exec("DELETE FROM require_action_forgotten_approvals");
  return {
    open: async (clock) => createSqliteLedger(database, { clock }),
    restart: nothing,
    failOver: nothing,
  };
}

/** A simulated Redis. Where the schedule is lossy it keeps nothing but snapshots, and its replicas lag. */
export function createRedisBackend({ schedule, clock, random, connection }: BackendOptions): LedgerBackend {
  const { isLossy, loss } = schedule;
  const redis = createSimulatedRedis({
    clock,
    ...(isLossy ? { save: random.pick(["", "60 1", "3600 1"]) } : { appendonly: "yes", appendfsync: "always" }),
  });
  const deliver = (): Delivery => (random.chance(loss) ? random.pick(["lost", "reply-lost"]) : "delivered");
  return {
    open(processClock) {
      const client = redis.connect(deliver);
      return createRedisLedger(connection?.(client) ?? client, {
        clock: processClock,
        // Less than the first pause, so that nothing waits.
        commandTimeoutMs: 1,
        ...(isLossy && { checks: { persistence: "warn" } }),
      });
    },
    restart() {
      redis.kill();
      redis.start();
    },
    failOver: (lacking) => redis.failOver({ lacking, reconnects: random.chance(0.5) }),
  };
}
