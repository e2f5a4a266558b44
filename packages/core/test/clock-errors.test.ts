import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createMemoryLedger } from "../src/index.ts";
import { createHarness, earnReview, earnToken, summaryOf } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

allowWarnings("RA_CLOCK_JUMPED");

const MINUTE = 60_000;
const DAY = 86_400_000;
const GOES_ON = "proceed";
const USED = "409 action_token_used";

describe("a clock that errs", () => {
  it.each([12 * MINUTE, DAY - MINUTE, 3 * DAY, 366 * DAY])(
    "T58: ahead by %i ms and back, has no approval used twice, and denies nothing that is asked anew",
    async (ahead) => {
      vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
      onTestFinished(() => void vi.useRealTimers());
      const harness = createHarness();
      const route = harness.route();
      const before = [await earnToken(harness, route), await earnReview(harness, route)];
      for (const token of before) expect(summaryOf(await route({ token }))).toBe(GOES_ON);
      harness.clock.advance(ahead);
      // The ledger looks at what has ended.
      vi.advanceTimersByTime(2_000);
      for (let times = 0; times < 10; times++) await route({ token: await earnToken(harness, route) });
      harness.clock.setBack(ahead - 1_000);
      for (const token of before) expect(summaryOf(await route({ token }))).not.toBe(GOES_ON);
      expect(summaryOf(await route({ token: await earnToken(harness, route) }))).toBe(GOES_ON);
      expect(summaryOf(await route({ token: await earnReview(harness, route) }))).toBe(GOES_ON);
    },
  );

  it("T58: ahead and back, while a full ledger drops what has ended, has no approval used twice", async () => {
    const harness = createHarness({ ledger: createMemoryLedger({ clock: { now: () => clock.now() }, maxClaims: 1 }) });
    const { clock } = harness;
    const route = harness.route();
    const token = await earnToken(harness, route);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
    clock.advance(3 * DAY);
    const another = await earnToken(harness, route);
    expect(summaryOf(await route({ token: another }))).toBe(GOES_ON);
    clock.setBack(3 * DAY);
    expect(summaryOf(await route({ token }))).toBe("403 action_token_expired");
  });

  it("T58: behind by days in the ledger, and set then, has no approval used twice", async () => {
    let behind = 5 * DAY;
    const harness = createHarness({
      ledger: createMemoryLedger({ clock: { now: () => harness.clock.now() - behind }, maxClaims: 2 }),
    });
    const route = harness.route();
    const token = await earnToken(harness, route);
    expect(summaryOf(await route({ token }))).toBe(GOES_ON);
    behind = 0;
    for (let times = 0; times < 3; times++) {
      harness.clock.advance(MINUTE);
      await route({ token: await earnToken(harness, route) });
      expect(summaryOf(await route({ token }))).not.toBe(GOES_ON);
    }
  });

  it("T58: is told once for each jump, back on any clock", async () => {
    const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => warnings.mockRestore());
    const harness = createHarness();
    const route = harness.route();
    const jumps = () => harness.events.filter(({ type }) => type === "warning");
    harness.clock.advance(12 * MINUTE);
    await route();
    harness.clock.setBack(5_000);
    await route();
    expect(jumps()).toEqual([]);
    harness.clock.setBack(12 * MINUTE);
    await route();
    await route();
    expect(jumps()).toEqual([
      expect.objectContaining({
        type: "warning",
        code: "RA_CLOCK_JUMPED",
        message: expect.stringContaining("back by 725 seconds"),
      }),
    ]);
    harness.clock.advance(30 * MINUTE);
    await route();
    harness.clock.setBack(30 * MINUTE);
    await route();
    expect(jumps()).toHaveLength(2);
    expect(warnings).toHaveBeenCalledTimes(2);
  });

  it("T58: is told when the machine's jumps ahead", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const warnings = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    onTestFinished(() => (warnings.mockRestore(), void vi.useRealTimers()));
    const { systemClock } = await import("../src/index.ts");
    const harness = createHarness({ clock: systemClock });
    const route = harness.route();
    await route();
    vi.setSystemTime(Date.now() + 12 * MINUTE);
    await route();
    await route();
    expect(harness.events.filter(({ type }) => type === "warning")).toEqual([
      expect.objectContaining({
        type: "warning",
        code: "RA_CLOCK_JUMPED",
        message: expect.stringContaining("ahead by 720 seconds"),
      }),
    ]);
  });
});

describe("the time that an approval may be used in", () => {
  it("T58: may be raised from one process to the next by as much as claims outlive it", async () => {
    const ledger = createMemoryLedger({ clock: { now: () => harness.clock.now() } });
    const harness = createHarness({ ledger, maxAge: 60 });
    const raised = createHarness({ ledger, provider: harness.provider, clock: harness.clock, maxAge: 86_400 });
    const token = await earnToken(harness, harness.route());
    expect(summaryOf(await harness.route()({ token }))).toBe(GOES_ON);
    const route = raised.route();
    for (let hours = 0; hours < 24; hours++) {
      expect(summaryOf(await route({ token }))).toBe(USED);
      harness.clock.advance(3_600_000);
      await route({ token: await earnToken(harness, route) });
    }
    expect(summaryOf(await route({ token }))).toBe("403 action_token_expired");
  });
});
