import { ConfigurationError } from "@require-action/core";
import type { ParkedJob } from "@require-action/core/parked";

/** The flag of a job on graphile-worker that stands in for one that is being delivered. */
export const UNDER_WAY = "require-action-under-way";

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

/** The jobs of a queue, for who operates it. */
export interface ParkedJobs {
  /** Lists what waits or is under way, up to 1,000, the soonest due first. */
  list(): Promise<readonly ParkedSummary[]>;
  /** Has an action that waits, or all of them, be delivered now. Resolves to how many. */
  retry(id?: string): Promise<number>;
}

/** The part of a `pg` pool that is used here. */
export interface JobsDatabase {
  query(text: string, values: unknown[]): Promise<{ readonly rows: readonly any[]; readonly rowCount: number | null }>;
}

export function assertDatabase(database: JobsDatabase): void {
  if (typeof database?.query !== "function") throw new ConfigurationError("database", "must have query()");
}

export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/**
 * What a queue shows of one of its jobs, which is due as its content says where the engine does not; nothing of what is no parked
 * action, as workers drop it.
 */
export function summariesOf(
  content: unknown,
  { dueAt, isUnderWay }: Pick<ParkedSummary, "isUnderWay"> & Partial<Pick<ParkedSummary, "dueAt">>,
): readonly ParkedSummary[] {
  const { id, action, tries, ...times } = (content ?? {}) as Partial<ParkedJob>;
  const [parkedAt, expiresAt, due] = [times.parkedAt, times.expiresAt, times.dueAt].map((time) => new Date(time!));
  const isParked =
    typeof id === "string" &&
    typeof action === "string" &&
    typeof tries === "number" &&
    [parkedAt, expiresAt, due].every((time) => !Number.isNaN(time!.getTime()));
  return isParked
    ? [{ id, action, tries, parkedAt: parkedAt!, expiresAt: expiresAt!, dueAt: dueAt ?? due!, isUnderWay }]
    : [];
}
