import { inFull } from "@require-action-test/support/full";
import { createAddressLimits } from "@require-action/engine/server";
import { createManualClock } from "@require-action/testing";
import { codeAt } from "@require-action-test/support/codes";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createHarness, enrollApp, track } from "../../engine/test/harness.ts";
import { runProcess, type TestProcess } from "./processes/run-process.ts";
import { sqlStores } from "./stores.ts";

const PROCESSES = inFull ? 8 : 2;
const GUESSES = PROCESSES * 25;
const SESSIONS = 50;

let processes: readonly TestProcess[] = [];

afterEach(async () => {
  for (const { child } of processes) child.kill();
  await Promise.all(processes.map(({ ended }) => ended));
});

describe.each(sqlStores)("guessing on $name", ({ absent, open }) => {
  it.skipIf(absent)("T59: strangers' wrong codes make them wait, and a known source not", async () => {
    const { store, close } = await open();
    onTestFinished(close);
    const clock = createManualClock(Date.UTC(2026, 0, 15, 12));
    const addresses = createAddressLimits({ store, clock, append: (event) => store.appendEvent(event) });
    const to = { verificationMethod: "EMAIL_OTP", address: "ann@bank.example" };
    const home = { deviceId: "home" };
    await addresses.countAnswer(to, home);
    await addresses.proved(to, home);
    for (let wrong = 0; wrong < 10; wrong++) {
      if (wrong === 5) clock.advance(15 * 60_000);
      await expect(addresses.countAnswer(to, {})).resolves.toMatchObject({ allowed: true });
      await addresses.countWrong(to, {}, {});
    }
    clock.advance(15 * 60_000);
    const endsAt = clock.now() + 105 * 60_000;
    await expect(addresses.countAnswer(to, {})).resolves.toEqual({ allowed: false, endsAt });
    await expect(addresses.countAnswer(to, home)).resolves.toMatchObject({ allowed: true });
    const { items } = await store.listEvents({ limit: 10 });
    expect(items).toMatchObject([{ type: "address.locked", reason: "strangers" }]);
    await addresses.unlock({ ...to, address: "Ann@Bank.example" });
    await expect(addresses.countAnswer(to, {})).resolves.toMatchObject({ allowed: true });
  });

  it.skipIf(absent)(
    `T20: of ${GUESSES} wrong codes at once, over ${PROCESSES} processes and 50 sessions, 5 are evaluated`,
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
      processes = await Promise.all(
        Array.from({ length: PROCESSES }, () => runProcess("guesser.ts", { ...environment, ...settings })),
      );
      await Promise.all(processes.map((process) => process.line()));
      for (const process of processes) process.send("go");
      const outcomes = await Promise.all(
        processes.map(async (process) => JSON.parse(await process.line()) as readonly string[]),
      );
      const evaluated = outcomes.flat().filter((outcome) => outcome === "evaluated");
      const refused = outcomes.flat().filter((outcome) => outcome === "too_many_attempts");
      expect(evaluated).toHaveLength(5);
      expect(refused).toHaveLength(GUESSES - 5);
      // T21: neither the right code nor another session is let through now.
      const { token } = await track(engine, "alice");
      const late = engine.challenges.verify(token, "AUTHENTICATOR_APP", rightCode);
      await expect(late).rejects.toMatchObject({ reason: "too_many_attempts" });
    },
    60_000,
  );
});
