import { openPool, DATABASE_URL, dropSchema, testSchema } from "./postgres.ts";
import { describe, expect, it, onTestFinished } from "vitest";
import { runProcess } from "../../sql/test/processes/run-process.ts";
import { clientPoints, openBank } from "./bank.ts";
import { queueEngines } from "./queues.ts";

const AT_ONCE = 4;
const KILLED = new URL("processes/killed.ts", import.meta.url).href;

/** Does all tasks, some at once. */
async function doAll(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = tasks.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const task of left) await task();
    }),
  );
}

/** A bank in a schema of its own, with a queue on an engine. */
async function setUp(name: string) {
  const engine = queueEngines[name]!;
  const place = { schema: testSchema() };
  const opened = await engine.open(place);
  const bank = await openBank(place, opened.queue);
  onTestFinished(async () => {
    await opened.close();
    await bank.close();
    await engine.drop(place);
    await dropSchema(place.schema);
  });
  return { ...opened, bank, environment: { SCHEMA: place.schema, QUEUE: name, DATABASE_URL } };
}

/** Has a process ask for payments or run them, until it is killed or has asked. Returns the references that it has a 202 for. */
async function runKilled(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { child, line, ended } = await runProcess(KILLED, environment);
  const references: string[] = [];
  for (;;) {
    const reference = await line().catch(() => undefined);
    if (reference === undefined) break;
    references.push(reference);
  }
  await ended;
  expect(child.signalCode ?? child.exitCode).toBe(environment["KILL_AT"] === undefined ? 0 : "SIGKILL");
  return references;
}

/** Works until everything is paid and no job is left; every payment was made once. */
async function expectPaidOnce(
  { bank, countJobs }: Awaited<ReturnType<typeof setUp>>,
  parked: readonly string[],
): Promise<void> {
  const worker = await bank.work();
  await expect.poll(countJobs, { timeout: 600_000, interval: 250 }).toBe(0);
  await worker.stop();
  const payments = await bank.payments();
  expect(parked.filter((reference) => !payments.has(reference))).toEqual([]);
  expect([...payments].filter(([, times]) => times !== 1)).toEqual([]);
}

/** How much is broken. */
export interface Kills {
  /** Processes that are killed at each point. */
  readonly kills: number;
  /** Payments that are asked for besides those of processes that are killed. */
  readonly payments: number;
}

/** Registers the tests of what killed processes leave behind, on each engine. */
export function describeKills({ kills, payments }: Kills): void {
  describe.each(Object.entries(queueEngines))("F34: %s", (name, { undecided, approved }) => {
    it(
      `of ${payments} parked actions none that was answered 202 is lost and none runs twice, with ${kills} processes killed between each step and the next`,
      { timeout: 5_400_000 },
      async () => {
        const opened = await setUp(name);
        const { bank, environment } = opened;
        const parked: string[] = [];
        const run = async (role: string, more: Readonly<Record<string, string>>): Promise<void> => {
          parked.push(...(await runKilled({ ...environment, ROLE: role, ...more })));
        };
        const times = Array.from({ length: kills }, (_, index) => index);
        const killWorkers = (points: readonly string[]): Promise<void> =>
          doAll(times.flatMap(() => points.map((point) => () => run("worker", { KILL_AT: point }))));
        await doAll(
          times.flatMap((index) =>
            clientPoints.map(
              (point) => () => run("client", { KILL_AT: point, KILL_AFTER: String(1 + (index % 3)), PAYMENTS: "4" }),
            ),
          ),
        );
        await run("client", { PAYMENTS: String(payments) });
        expect(parked.length).toBeGreaterThanOrEqual(payments);
        await killWorkers(undecided);
        expect((await bank.payments()).size).toBe(0);
        await bank.approveAll();
        await killWorkers(approved);
        await expectPaidOnce(opened, parked);
      },
    );

    it(
      "connections of PostgreSQL ended again and again: none is lost, and none runs twice",
      { timeout: 1_500_000 },
      async () => {
        const opened = await setUp(name);
        const { bank, environment } = opened;
        const parked = await runKilled({ ...environment, ROLE: "client", PAYMENTS: String(payments) });
        await bank.approveAll();
        const worker = await bank.work();
        const admin = openPool(DATABASE_URL, 1);
        try {
          await expect
            .poll(
              async () => {
                await admin.query(
                  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE pid <> pg_backend_pid() AND query LIKE $1`,
                  [`%${environment.SCHEMA}%`],
                );
                return (await bank.payments().catch(() => new Map())).size;
              },
              { timeout: 1_200_000, interval: 500 },
            )
            .toBe(payments);
        } finally {
          await admin.end();
        }
        await worker.stop();
        await expectPaidOnce(opened, parked);
      },
    );
  });
}
