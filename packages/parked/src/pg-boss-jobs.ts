import { ConfigurationError } from "@require-action/core";
import { defineOptions, option, readOptions } from "@require-action/core/options";

/** The part of a `pg` pool that is used here. */
interface Database {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly any[]; readonly rowCount: number | null }>;
}

/** Options of {@link openPgBossJobs}. */
export interface PgBossJobsOptions {
  /** The schema of pg-boss's tables. `pgboss` by default. */
  readonly schema?: string;
  /** The name of the queue. `require-action-parked` by default. */
  readonly name?: string;
}

/** A parked action, as whoever operates its queue may see it. */
export interface ParkedSummary {
  /** The action's id, as in events. */
  readonly id: string;
  readonly action: string;
  readonly parkedAt: Date;
  readonly dueAt: Date;
  readonly expiresAt: Date;
  /** How often it could not be run. */
  readonly tries: number;
  readonly isUnderWay: boolean;
}

/** The jobs of a queue on pg-boss, for who operates it. */
export interface PgBossJobs {
  /** Lists what waits or is under way, up to 1,000, the soonest due first. */
  list(): Promise<readonly ParkedSummary[]>;
  /** Has an action that waits, or all of them, be delivered now. Resolves to how many. */
  retry(id?: string): Promise<number>;
}

const optionsSchema = defineOptions<PgBossJobsOptions>({
  required: {},
  optional: { schema: option.id, name: option.id },
});

/**
 * Opens the jobs of a queue for who operates it. Reads pg-boss's own table, whose columns are the same in versions 10 and 12.
 * @throws ConfigurationError that names the option that is wrong
 */
export function openPgBossJobs(database: Database, options?: PgBossJobsOptions): PgBossJobs {
  const { schema = "pgboss", name = "require-action-parked" } = readOptions("openPgBossJobs", optionsSchema, options);
  if (typeof database?.query !== "function") throw new ConfigurationError("database", "must have query()");
  const table = `"${schema.replaceAll('"', '""')}".job`;
  return {
    async list() {
      const { rows } = await database.query(
        `SELECT data, start_after, state::text AS state FROM ${table}
          WHERE name = $1 AND state::text IN ('created', 'retry', 'active') ORDER BY start_after LIMIT 1000`,
        [name],
      );
      return rows.map(({ data, start_after: dueAt, state }) => ({
        id: data.id,
        action: data.action,
        parkedAt: new Date(data.parkedAt),
        dueAt,
        expiresAt: new Date(data.expiresAt),
        tries: data.tries,
        isUnderWay: state === "active",
      }));
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
