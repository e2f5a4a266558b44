import { ConfigurationError } from "@require-action/core";
import { kindOf } from "../database/database-errors.ts";
import type { Dialect } from "../database/dialect.ts";
import type { Driver, Statement } from "../database/driver.ts";
import type { Parameters } from "../database/parameters.ts";

/** On a server that was promoted this is another one from its first write on. */
const TIMELINE = "substring(pg_walfile_name(pg_current_wal_insert_lsn()) for 8)";
/** Tells one database cluster from another as well, such as one into which a dump was restored. */
const NAME = `(SELECT system_identifier FROM pg_control_system()) || '/' || ${TIMELINE}`;

/** No right to ask, no such function, and a function that is there and not supported, as where storage is not PostgreSQL's own. */
const CANNOT_TELL: ReadonlySet<string> = new Set(["42501", "42883", "0A000"]);

type Run = Driver["run"];

/**
 * Knows since when this server remembers every claim. A standby that was promoted goes on in a timeline of its own, and where
 * it is asynchronous it may lack what the former primary had answered: approvals of before that was noticed are refused.
 */
export interface TimelineWatch {
  /** Holds for an approval that was given since; part of the statement that claims. */
  readonly condition: string;
  /** What {@link condition} needs to be told. */
  parameters(): Parameters;
  /** Looks at the server's timeline, and notes one that is new. Answers whether it is another one than was seen last. */
  look(run: Run): Promise<boolean>;
  /** Whether an approval that was given then may have been used on a server of before. */
  isForgotten(approvedAt: number): boolean;
  /** Notes that an approval of this time, in milliseconds since the epoch, was used. */
  used(approvedAt: number): void;
}

export function createTimelineWatch({ table, now }: Dialect): TimelineWatch {
  const timelines = table("timelines");
  let seen: { readonly timeline: string; readonly since: number } | undefined;
  let latestUse = 0;

  /**
   * A timeline that is new to the table starts at the time at which it was noticed, by the later of two clocks, unless nobody
   * has seen any. Whoever comes from another one adds what it knows to have been used, by clocks that may be ahead. Whoever comes
   * from a later one has met a former primary that is back.
   */
  const noticed = `greatest(${now}, $now, $since)`;
  const note: Statement = {
    main: `INSERT INTO ${timelines} AS known (timeline, since)
      SELECT ${NAME}, CASE WHEN $timeline IS NOT NULL OR EXISTS (SELECT 1 FROM ${timelines}) THEN ${noticed} ELSE 0 END
      ON CONFLICT (timeline) DO UPDATE SET since = CASE
        WHEN known.timeline = $timeline THEN known.since
        WHEN known.timeline < $timeline THEN ${noticed}
        ELSE greatest(known.since, $since) END
      RETURNING timeline, since`,
  };

  const read: Statement = {
    main: `SELECT timeline, (SELECT since FROM ${timelines} WHERE timeline = current.timeline) AS since
      FROM (SELECT ${NAME} AS timeline) AS current`,
  };

  return {
    condition: `EXISTS (SELECT 1 FROM ${timelines} WHERE timeline = $timeline AND since < $approvedAt
      AND right(timeline, 8) = ${TIMELINE})`,
    parameters: () => ({ timeline: seen?.timeline }),
    async look(run) {
      const [before, since] = [seen?.timeline, latestUse];
      let [row] = await run(read, {});
      if (row?.["timeline"] !== before || row?.["since"] === null) {
        [row] = await run(note, { timeline: before, now: Date.now(), since });
      }
      seen = { timeline: String(row?.["timeline"]), since: Number(row?.["since"]) };
      return seen.timeline !== before;
    },
    isForgotten: (approvedAt) => seen !== undefined && approvedAt <= seen.since,
    used(approvedAt) {
      latestUse = Math.max(latestUse, approvedAt);
    },
  };
}

/** @throws ConfigurationError for a server that does not tell its timeline */
export async function explainingTimeline<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!CANNOT_TELL.has(kindOf(error))) throw error;
    throw new ConfigurationError(
      "replication",
      'cannot be "asynchronous" on a server that does not tell its timeline, by which one that took over is noticed: grant EXECUTE on pg_control_system, pg_walfile_name and pg_current_wal_insert_lsn, or say "synchronous" or "storage" where a failover loses nothing',
    );
  }
}
