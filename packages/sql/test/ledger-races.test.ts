import { inFull } from "@require-action-test/support/full";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createFile, noPostgres, noSqlite } from "./databases.ts";
import { lendSchema } from "./lent-schemas.ts";
import { winnersOf } from "./processes/rounds.ts";
import { runProcess, type TestProcess } from "./processes/run-process.ts";

const PROCESSES = inFull ? 8 : 2;
const ROUNDS = Number(process.env["RACE_ROUNDS"] ?? (PROCESSES === 8 ? 60 : 20));

let processes: readonly TestProcess[] = [];

afterEach(async () => {
  for (const { child } of processes) child.kill();
  await Promise.all(processes.map(({ ended }) => ended));
});

/** How many claims were won in each round. */
async function race(environment: Readonly<Record<string, string>>): Promise<readonly number[]> {
  processes = await Promise.all(Array.from({ length: PROCESSES }, () => runProcess("contender.ts", environment)));
  await Promise.all(processes.map((process) => process.line()));
  const winners = await winnersOf(processes, ROUNDS);
  for (const process of processes) process.send("end");
  return winners;
}

const oneEach = Array.from({ length: ROUNDS }, () => 1);

// They start at once, each bringing the same empty database to the current version.
describe(`T5: F29: ${PROCESSES} processes, each with 25 claims at once, on one approval after another: one winner each`, () => {
  it.skipIf(noSqlite)("on SQLite", { timeout: 120_000 }, async () => {
    const { file, close } = await createFile();
    onTestFinished(close);
    expect(await race({ SQLITE_FILE: file })).toEqual(oneEach);
  });

  it.skipIf(noPostgres)("on PostgreSQL", { timeout: 120_000 }, async () => {
    const { schema, close } = lendSchema();
    onTestFinished(close);
    expect(await race({ SCHEMA: schema })).toEqual(oneEach);
  });
});
