import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { openBank } from "../../packages/parked/test/bank.ts";
import { queueEngines } from "../../packages/parked/test/queues.ts";
import { noPostgresServer, type PostgresEnd, startPostgres } from "./postgres-server.ts";
import { rounds } from "./rounds.ts";

const CLIENTS = 3;
const ENDS: readonly PostgresEnd[] = ["fast", "immediate", "SIGKILL"];
/** How long a server runs between two restarts. */
const RUNS_MS = 1_500;

describe.skipIf(noPostgresServer).each(["pg-boss", "graphile-worker"])(
  "PostgreSQL restarted in the middle, with actions parked in %s",
  (name) => {
    it(
      `F34: of ${rounds} restarts of each kind none loses an action that was answered 202, none has one run twice, and the worker goes on`,
      { timeout: 300_000 + rounds * 120_000 },
      async () => {
        const server = await startPostgres();
        onTestFinished(() => server.close());
        const place = { schema: "bank", databaseUrl: server.url };
        const opened = await queueEngines[name]!.open(place);
        const bank = await openBank(place, opened.queue);
        const worker = await bank.work();
        onTestFinished(async () => {
          await worker.stop();
          await opened.close();
          await bank.close();
        });

        const parked: string[] = [];
        let refused = 0;
        const over = new AbortController();
        const untilOver = async (step: () => Promise<void>): Promise<void> => {
          while (!over.signal.aborted) await step();
        };
        const client = () =>
          untilOver(async () => {
            const reference = randomUUID();
            try {
              await bank.ask(reference);
              parked.push(reference);
            } catch {
              refused++;
            }
            await pass(20);
          });
        const reviewer = () =>
          untilOver(async () => {
            await bank.approveAll().catch(() => {});
            await pass(100);
          });
        const busy = [reviewer(), ...Array.from({ length: CLIENTS }, client)];

        for (let round = 0; round < rounds; round++) {
          for (const how of ENDS) {
            await pass(RUNS_MS);
            const before = parked.length;
            await server.restart(how);
            await expect.poll(() => parked.length).toBeGreaterThan(before);
          }
        }
        over.abort();
        await Promise.all(busy);
        await bank.approveAll();
        await expect.poll(opened.countJobs, { timeout: 240_000, interval: 250 }).toBe(0);
        const payments = await bank.payments();
        console.log(
          `${name}: ${parked.length} parked and ${refused} refused around ${rounds * ENDS.length} restarts, ${payments.size} paid`,
        );
        expect(parked.filter((reference) => !payments.has(reference))).toEqual([]);
        expect([...payments].filter(([, times]) => times !== 1)).toEqual([]);
      },
    );
  },
);
