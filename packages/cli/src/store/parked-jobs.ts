import type { ParkedJobs, ParkedSummary } from "@require-action/parked/jobs";
import { importOptional } from "../lib/optional-package.ts";
import { CliError, printable, type Terminal } from "../lib/terminal.ts";
import { openPostgresPool } from "./databases.ts";

/** Where a queue of parked actions is. */
export interface QueueLocation {
  readonly engine: "pg-boss" | "graphile-worker" | "bullmq";
  readonly url: string;
  /** Of the engine's tables, or the prefix of its keys. */
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
  const isOverdue = ({ dueAt, isUnderWay }: ParkedSummary): boolean =>
    !isUnderWay && now - dueAt.getTime() > OVERDUE_MS;
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

async function withJobs<Answer>(location: QueueLocation, work: (jobs: ParkedJobs) => Promise<Answer>): Promise<Answer> {
  const { jobs, close } = await (location.engine === "bullmq" ? openBullmq(location) : openPostgres(location));
  try {
    return await work(jobs);
  } catch (error) {
    // What a database says may name users and hosts.
    const { code, name: kind } = error as NodeJS.ErrnoException;
    if (code === "42P01" || code === "3F000")
      throw new CliError(`There is no ${location.engine} in this schema: name its own by --schema.`);
    throw new CliError(`The queue cannot be reached (${code ?? kind}).`);
  } finally {
    await close();
  }
}

interface OpenedJobs {
  readonly jobs: ParkedJobs;
  close(): Promise<void>;
}

async function openPostgres({ engine, url, schema, name, terminal }: QueueLocation): Promise<OpenedJobs> {
  const { openGraphileWorkerJobs, openPgBossJobs } = await import("@require-action/parked/jobs");
  const { pool, close } = await openPostgresPool(url, terminal.warn);
  const open = engine === "pg-boss" ? openPgBossJobs : openGraphileWorkerJobs;
  return { jobs: open(pool as never, { schema, name }), close };
}

/** @throws CliError where `bullmq` is not there, where Redis is not, and where it has no such queue */
async function openBullmq({ url, schema: prefix, name }: QueueLocation): Promise<OpenedJobs> {
  const { openBullmqJobs } = await import("@require-action/parked/jobs");
  const { Queue } = await importOptional(
    () => import("bullmq"),
    "--engine bullmq needs the bullmq package. Run npm install bullmq.",
  );
  let failure = "timed out";
  const queue = new Queue(name, {
    connection: { url, connectTimeout: CONNECT_TIMEOUT_MS, maxRetriesPerRequest: 0, retryStrategy: () => null },
    prefix,
    // It only looks: nothing is written about a queue that is not there.
    skipMetasUpdate: true,
  });
  queue.on("error", (error: NodeJS.ErrnoException) => void (failure = error.code ?? error.name));
  const close = (): Promise<void> => queue.close().catch(() => {});
  try {
    if ((await queue.getVersion()) !== null) return { jobs: openBullmqJobs(queue), close };
  } catch (error) {
    await close();
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError(`The queue cannot be reached (${code ?? failure}).`);
  }
  await close();
  throw new CliError("There is no queue of this name: name it by --queue, and its prefix by --schema.");
}

const CONNECT_TIMEOUT_MS = 2_000;
