import type { ParkedSummary, PgBossJobs } from "@require-action/parked/pg-boss-jobs";
import { CliError, printable, type Terminal } from "../lib/terminal.ts";
import { openPostgresPool } from "./databases.ts";

/** Where a queue of parked actions is. */
export interface QueueLocation {
  readonly url: string;
  /** Of pg-boss. */
  readonly schema: string;
  readonly name: string;
  readonly terminal: Terminal;
}

/** So long after they were due, jobs are late. */
const OVERDUE_MS = 600_000;

/** Prints what waits, one action a line; returns whether any is overdue. @throws CliError */
export async function listParked(location: QueueLocation): Promise<boolean> {
  const jobs = await withJobs(location, (opened) => opened.list());
  const now = Date.now();
  const isOverdue = ({ dueAt }: ParkedSummary): boolean => now - dueAt.getTime() > OVERDUE_MS;
  for (const job of jobs) {
    const { id, action, parkedAt, dueAt, tries, isUnderWay } = job;
    const due = isUnderWay ? "under way" : isOverdue(job) ? "OVERDUE" : `due ${dueAt.toISOString()}`;
    location.terminal.write(
      printable([id, action, `parked ${parkedAt.toISOString()}`, due, `tries ${tries}`].join("  ")),
    );
  }
  if (jobs.length === 0) location.terminal.warn("No action is parked.");
  return jobs.some(isOverdue);
}

/** Has an action, or all of them, be delivered now. @throws CliError where there is none */
export async function retryParked(id: string | undefined, location: QueueLocation): Promise<void> {
  const count = await withJobs(location, (opened) => opened.retry(id));
  if (count === 0) throw new CliError("No such action waits.", 1);
  location.terminal.write(`${count} to be run now, if approved.`);
}

async function withJobs<Answer>(
  { url, schema, name, terminal }: QueueLocation,
  work: (jobs: PgBossJobs) => Promise<Answer>,
): Promise<Answer> {
  const { openPgBossJobs } = await import("@require-action/parked/pg-boss-jobs");
  const { pool, close } = await openPostgresPool(url, terminal.warn);
  try {
    return await work(openPgBossJobs(pool as never, { schema, name }));
  } catch (error) {
    // What a database says may name users and hosts.
    const { code, name: kind } = error as NodeJS.ErrnoException;
    if (code === "42P01") throw new CliError("There is no pg-boss in this schema: name its own by --schema.");
    throw new CliError(`The queue cannot be reached (${code ?? kind}).`);
  } finally {
    await close();
  }
}
