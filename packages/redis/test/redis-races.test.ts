import { inFull } from "@require-action-test/support/full";
import { randomUUID } from "node:crypto";
import { allowWarnings } from "@require-action-test/support/warnings";
import { codeAt } from "@require-action-test/support/codes";
import { createClient } from "redis";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createHarness, enrollApp, track } from "../../engine/test/harness.ts";
import { createSqliteStore } from "../../sql/src/index.ts";
import { createFile, noSqlite } from "../../sql/test/databases.ts";
import { winnersOf } from "../../sql/test/processes/rounds.ts";
import { runProcess, type TestProcess } from "../../sql/test/processes/run-process.ts";
import { createRedisAttempts } from "../src/index.ts";
import { noRedis, redisUrl, sharedRedis } from "./redis-servers.ts";

allowWarnings("RA_REDIS_VOLATILE");

const PROCESSES = inFull ? 8 : 2;
const GUESSES = PROCESSES * 25;
const ROUNDS = Number(process.env["RACE_ROUNDS"] ?? (PROCESSES === 8 ? 60 : 20));

let processes: readonly TestProcess[] = [];

afterEach(async () => {
  for (const { child } of processes) child.kill();
  await Promise.all(processes.map(({ ended }) => ended));
});

/** Starts the processes, and waits until each is ready. */
async function start(script: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const { href } = new URL(`processes/${script}`, import.meta.url);
  processes = await Promise.all(
    Array.from({ length: PROCESSES }, () => runProcess(href, { ...environment, NODE_NO_WARNINGS: "1" })),
  );
  await Promise.all(processes.map((process) => process.line()));
}

describe.skipIf(noRedis)("several processes on one Redis", () => {
  it(`T5: F29: ${PROCESSES} processes, each with 25 claims at once, on ${ROUNDS} approvals one after another: one winner each`, async () => {
    const environment = { REDIS: redisUrl, PREFIX: `test:${randomUUID()}` };
    await start("contender.ts", environment);
    expect(await winnersOf(processes, ROUNDS)).toEqual(Array.from({ length: ROUNDS }, () => 1));
  }, 120_000);

  it.skipIf(noSqlite)(
    `T20: F29: of ${GUESSES} wrong codes at once, over ${PROCESSES} processes and 50 sessions, 5 are evaluated`,
    async () => {
      const { file, open, close } = await createFile();
      onTestFinished(close);
      const prefix = `test:${randomUUID()}`;
      const client = await createClient({ url: redisUrl }).connect();
      onTestFinished(() => client.destroy());
      const attempts = await createRedisAttempts(client, { prefix, ...sharedRedis });
      const harness = createHarness({ store: { ...createSqliteStore(open(), { migrate: true }), ...attempts } });
      const { engine, clock } = harness;
      const shared = await enrollApp(harness, "alice");
      const tokens: string[] = [];
      for (let index = 0; index < 50; index++) tokens.push((await track(engine, "alice")).token);
      const rightCode = codeAt(shared, clock.now());
      await start("guesser.ts", {
        REDIS: redisUrl,
        PREFIX: prefix,
        SQLITE_FILE: file,
        TOKENS: tokens.join(" "),
        RIGHT_CODE: rightCode,
        NOW: String(clock.now()),
      });
      for (const process of processes) process.send("go");
      const outcomes = await Promise.all(
        processes.map(async (process) => JSON.parse(await process.line()) as readonly string[]),
      );
      const count = (outcome: string): number => outcomes.flat().filter((one) => one === outcome).length;
      expect([count("evaluated"), count("too_many_attempts")]).toEqual([5, GUESSES - 5]);
      // T21: neither the right code nor another session is let through now.
      const { token } = await track(engine, "alice");
      const late = engine.challenges.verify(token, "AUTHENTICATOR_APP", rightCode);
      await expect(late).rejects.toMatchObject({ reason: "too_many_attempts" });
    },
    120_000,
  );
});
