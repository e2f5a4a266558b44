import { type Clock, systemClock } from "@require-action/core";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { ParkedDelivery, ParkedJob, ParkedQueue } from "@require-action/core/parked";
import { warnIfOneOfSeveral } from "@require-action/core/provider";
import { createLoop } from "./delivery-loop.ts";

/** Options of {@link createMemoryQueue}. */
export interface MemoryQueueOptions {
  readonly clock?: Clock;
}

/** A queue in the memory of one process. */
export interface MemoryQueue extends ParkedQueue {
  /** The jobs that wait, in the order in which they are due. */
  list(): readonly ParkedJob[];
}

const optionsSchema = defineOptions<MemoryQueueOptions>({
  required: {},
  optional: { clock: option.withMethods("now") },
});

/** How often is looked for what is due. */
const LOOK_MS = 25;
const GIVEN_BACK_MS = 1_000;

/**
 * Creates a queue for one process, for development and tests: a restart forgets what was parked.
 * @throws ConfigurationError that names the option that is wrong
 */
export function createMemoryQueue(options?: MemoryQueueOptions): MemoryQueue {
  const { clock = systemClock } = readOptions("createMemoryQueue", optionsSchema, options);
  warnIfOneOfSeveral("queue");
  const waiting = new Map<string, ParkedJob>();
  const list = (): readonly ParkedJob[] => [...waiting.values()].toSorted((a, b) => a.dueAt - b.dueAt);
  const keep = (job: ParkedJob): void => {
    if (!waiting.has(job.id)) waiting.set(job.id, { ...job });
  };

  return {
    name: "memory",
    list,
    add: async (job) => keep(job),
    work: async (delivery: ParkedDelivery) =>
      createLoop<ParkedJob>(delivery, {
        idleMs: LOOK_MS,
        async take(most) {
          const now = clock.now();
          const due = list()
            .filter(({ dueAt }) => dueAt <= now)
            .slice(0, most);
          for (const { id } of due) waiting.delete(id);
          return due;
        },
        jobOf: (job) => job,
        async conclude(_taken, again) {
          if (again) keep(again);
        },
        async giveBack(job) {
          keep({ ...job, dueAt: clock.now() + GIVEN_BACK_MS });
        },
      }),
  };
}
