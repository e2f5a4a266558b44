import { defineOptions, option, readOptions } from "@require-action/core/options";
import { assertDatabase, type JobsDatabase, type ParkedJobs, quoted, summariesOf } from "./parked-jobs.ts";

/** Options of {@link openPgBossJobs}. */
export interface PgBossJobsOptions {
  /** The schema of pg-boss's tables. `pgboss` by default. */
  readonly schema?: string;
  /** The name of the queue. `require-action-parked` by default. */
  readonly name?: string;
}

const optionsSchema = defineOptions<PgBossJobsOptions>({
  required: {},
  optional: { schema: option.id, name: option.id },
});

/**
 * Opens the jobs of a queue for who operates it. Reads pg-boss's own table, whose columns are the same in versions 10 and 12.
 * @throws ConfigurationError that names the option that is wrong
 */
export function openPgBossJobs(database: JobsDatabase, options?: PgBossJobsOptions): ParkedJobs {
  const { schema = "pgboss", name = "require-action-parked" } = readOptions("openPgBossJobs", optionsSchema, options);
  assertDatabase(database);
  const table = `${quoted(schema)}.job`;
  return {
    async list() {
      const { rows } = await database.query(
        `SELECT data, start_after, state::text AS state FROM ${table}
          WHERE name = $1 AND state::text IN ('created', 'retry', 'active') ORDER BY start_after LIMIT 1000`,
        [name],
      );
      return rows.flatMap(({ data, start_after: dueAt, state }) =>
        summariesOf(data, { dueAt, isUnderWay: state === "active" }),
      );
    },
    async retry(id) {
      const { rowCount } = await database.query(
        `UPDATE ${table} SET start_after = now() - interval '1 second'
          WHERE name = $1 AND state::text IN ('created', 'retry') AND ($2::text IS NULL OR data->>'id' = $2)`,
        [name, id ?? null],
      );
      return rowCount ?? 0;
    },
  };
}
