import { defineOptions, option, readOptions } from "@require-action/core/options";
import { assertDatabase, type JobsDatabase, type ParkedJobs, quoted, summariesOf, UNDER_WAY } from "./parked-jobs.ts";

/** Options of {@link openGraphileWorkerJobs}. */
export interface GraphileWorkerJobsOptions {
  /** The schema of graphile-worker's tables. `graphile_worker` by default. */
  readonly schema?: string;
  /** The identifier of the task. `require-action-parked` by default. */
  readonly name?: string;
}

const optionsSchema = defineOptions<GraphileWorkerJobsOptions>({
  required: {},
  optional: { schema: option.id, name: option.id },
});

/**
 * Opens the jobs of a queue for who operates it. Reads the tables of graphile-worker 0.17, as its own view shows no payload.
 * @throws ConfigurationError that names the option that is wrong
 */
export function openGraphileWorkerJobs(database: JobsDatabase, options?: GraphileWorkerJobsOptions): ParkedJobs {
  const { schema = "graphile_worker", name = "require-action-parked" } = readOptions(
    "openGraphileWorkerJobs",
    optionsSchema,
    options,
  );
  assertDatabase(database);
  const inSchema = quoted(schema);
  // Without a key, it has been stood in for.
  const jobs = `${inSchema}._private_jobs AS jobs
    WHERE key IS NOT NULL AND task_id = (SELECT id FROM ${inSchema}._private_tasks WHERE identifier = $1)`;
  const isUnderWay = `(locked_at IS NOT NULL OR coalesce(flags ? '${UNDER_WAY}', false) AND run_at > now())`;
  return {
    async list() {
      const { rows } = await database.query(
        `SELECT payload, run_at, ${isUnderWay} AS is_under_way FROM ${jobs} ORDER BY run_at LIMIT 1000`,
        [name],
      );
      return rows.flatMap(({ payload, run_at: dueAt, is_under_way: isUnderWay }) =>
        summariesOf(payload, { ...(!isUnderWay && { dueAt }), isUnderWay }),
      );
    },
    async retry(id) {
      const { rows } = await database.query(
        `SELECT id FROM ${inSchema}.reschedule_jobs(
          ARRAY(SELECT id FROM ${jobs} AND NOT ${isUnderWay} AND ($2::text IS NULL OR payload->>'id' = $2)),
          run_at => now() - interval '1 second')`,
        [name, id ?? null],
      );
      return rows.length;
    },
  };
}
