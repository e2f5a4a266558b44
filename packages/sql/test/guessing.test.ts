import { codeAt } from "@require-action-test/support/codes";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createHarness, enrollApp, track } from "../../engine/test/harness.ts";
import { runProcess, type TestProcess } from "./processes/run-process.ts";
import { sqlStores } from "./stores.ts";

const PROCESSES = 8;
const SESSIONS = 50;

let processes: readonly TestProcess[] = [];

afterEach(async () => {
  for (const { child } of processes) child.kill();
  await Promise.all(processes.map(({ ended }) => ended));
});

describe.each(sqlStores)("guessing on $name", ({ absent, open }) => {
  it.skipIf(absent)(
    "T20: of 200 wrong codes at once, over 8 processes and 50 sessions, 5 are evaluated",
    async () => {
      const { store, environment, close } = await open();
      onTestFinished(close);
      const harness = createHarness({ store });
      const { engine, clock } = harness;
      const shared = await enrollApp(harness, "alice");
      const tokens: string[] = [];
      for (let index = 0; index < SESSIONS; index++) tokens.push((await track(engine, "alice")).token);
      const rightCode = codeAt(shared, clock.now());
      const settings = { TOKENS: tokens.join(" "), RIGHT_CODE: rightCode, NOW: String(clock.now()) };
      processes = Array.from({ length: PROCESSES }, () => runProcess("guesser.ts", { ...environment, ...settings }));
      await Promise.all(processes.map((process) => process.line()));
      for (const process of processes) process.send("go");
      const outcomes = await Promise.all(
        processes.map(async (process) => JSON.parse(await process.line()) as readonly string[]),
      );
      const evaluated = outcomes.flat().filter((outcome) => outcome === "evaluated");
      const refused = outcomes.flat().filter((outcome) => outcome === "too_many_attempts");
      expect(evaluated).toHaveLength(5);
      expect(refused).toHaveLength(195);
      // T21: neither the right code nor another session is let through now.
      const { token } = await track(engine, "alice");
      const late = engine.challenges.verify(token, "AUTHENTICATOR_APP", rightCode);
      await expect(late).rejects.toMatchObject({ reason: "too_many_attempts" });
    },
    60_000,
  );
});
