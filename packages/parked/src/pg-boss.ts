import { setTimeout as wait } from "node:timers/promises";
import { ConfigurationError } from "@require-action/core";
import { declaring, defineOptions, option, readOptions } from "@require-action/core/options";
import type { ParkedJob, ParkedQueue } from "@require-action/core/parked";
import { createLoop } from "./delivery-loop.ts";

interface BossJob {
  readonly id: string;
  readonly data: unknown;
}

/** The part of pg-boss that is used here: an instance of version 10 or 12 that the application has started. */
export interface PgBossLike {
  createQueue(name: string, options: any): Promise<unknown>;
  getQueue(name: string): Promise<{ readonly policy?: string } | null>;
  send(name: string, data: object, options: any): Promise<string | null>;
  fetch(name: string, options?: any): Promise<readonly BossJob[] | null>;
  deleteJob(name: string, id: string): Promise<unknown>;
  fail(name: string, id: string, data?: any): Promise<unknown>;
}

/** Options of {@link createPgBossQueue}. */
export interface PgBossQueueOptions {
  /** The name of the queue. `require-action-parked` by default. */
  readonly name?: string;
  /**
   * Seconds after which a delivery that has not ended is taken for lost with its process, and comes again: longer than any work
   * takes. 900 by default. pg-boss sees to it in its maintenance.
   */
  readonly expireInSeconds?: number;
  /** Milliseconds between two looks for what is due. 1000 by default. */
  readonly pollingIntervalMs?: number;
}

const optionsSchema = defineOptions<PgBossQueueOptions>({
  required: {},
  optional: {
    name: option.matching(
      (value) => typeof value === "string" && /^[A-Za-z0-9_-]{1,50}$/.test(value),
      "must be 1 to 50 of A-Z a-z 0-9 _ -",
    ),
    expireInSeconds: option.whole({ least: 1, most: 86_400, unit: "seconds" }),
    pollingIntervalMs: option.whole({ least: 10, most: 60_000, unit: "milliseconds" }),
  },
});
const bossSchema = defineOptions<{ readonly boss: PgBossLike }>({
  required: { boss: option.withMethods("createQueue", "getQueue", "send", "fetch", "deleteJob", "fail") },
  optional: {},
});

/** Longer than a queue stands still before somebody notices. */
const RETENTION_SECONDS = 60 * 86_400;
/** A delivery that was lost with its process is no reason to give its job up. */
const RETRY_LIMIT = 1_000_000;

/**
 * Creates a queue on pg-boss 10 or 12. The application starts pg-boss, and stops it after its workers. Jobs are deleted once they
 * are over, and are due by the database's clock.
 * @throws ConfigurationError that names the option that is wrong
 *
 * @example
 * const boss = new PgBoss(connectionString);
 * await boss.start();
 * const queue = await createPgBossQueue(boss);
 */
export async function createPgBossQueue(boss: PgBossLike, options?: PgBossQueueOptions): Promise<ParkedQueue> {
  readOptions("createPgBossQueue", bossSchema, { boss });
  const {
    name = "require-action-parked",
    expireInSeconds = 900,
    pollingIntervalMs = 1_000,
  } = readOptions("createPgBossQueue", optionsSchema, options);
  await declaring("createPgBossQueue", () => openQueue(boss, name));

  const keep = async (job: ParkedJob): Promise<void> => {
    await boss.send(name, job, {
      singletonKey: job.id,
      startAfter: new Date(job.dueAt),
      expireInSeconds,
      retentionSeconds: RETENTION_SECONDS,
      retryLimit: RETRY_LIMIT,
      retryDelay: 1,
    });
  };

  return {
    name: "pg-boss",
    add: keep,
    work: async (delivery) =>
      createLoop<BossJob>(delivery, {
        idleMs: pollingIntervalMs,
        take: async (most) => (await boss.fetch(name, { batchSize: most })) ?? [],
        jobOf: ({ data }) => data,
        async conclude({ id }, again) {
          // In this order: a crash in between leaves two jobs of one key, which are one again at the next look.
          if (again) await keep(again);
          await boss.deleteJob(name, id);
        },
        giveBack: async ({ id }) => void (await boss.fail(name, id)),
      }),
  };
}

/** Of the jobs of one key, one may wait: adding a second one, or keeping one that is kept already, does nothing. */
const POLICY = "short";
const MOST_TIMES = 10;

/** Processes that start at once make tables for the queue at once, and PostgreSQL ends all but one of them as a deadlock. */
async function openQueue(boss: PgBossLike, name: string): Promise<void> {
  for (let times = 1; ; times++) {
    const known = await boss.getQueue(name);
    if (known) {
      if (known.policy === POLICY) return;
      throw new ConfigurationError("name", "is a queue of another policy: leave it to createPgBossQueue to create it");
    }
    try {
      await boss.createQueue(name, { name, policy: POLICY });
    } catch (error) {
      if (times === MOST_TIMES) throw error;
      await wait(100 * times);
    }
  }
}
