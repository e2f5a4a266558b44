import { inFull, itInFull } from "@require-action-test/support/full";
import { allowWarnings } from "@require-action-test/support/warnings";
import { describe, expect, it } from "vitest";
import { breakages } from "./breakages.ts";
import { explore } from "./explore.ts";
import { play } from "./play.ts";
import { type Backend, makeSchedule } from "./schedule.ts";

// Which process jumps, restarts and forgets is what the schedules are about.
allowWarnings("RA_CLOCK_JUMPED", "RA_REDIS_VOLATILE");

/** To play one again that failed: `SIMULATION_SEED=123 npx vitest run test/simulation/simulation.test.ts`. */
const seed = process.env["SIMULATION_SEED"];
const seeds = (count: number) => (seed === undefined ? { first: 0, count } : { first: Number(seed), count: 1 });

describe("whatever clocks, crashes, failovers and deployments do, no handler runs twice for one approval, or without one", () => {
  it.each<[string, Backend, number]>([
    ["T58: in memory", "memory", inFull ? 1_000 : 100],
    ["T58: on SQLite", "sqlite", inFull ? 500 : 50],
    ["T53: on Redis", "redis", inFull ? 500 : 50],
  ])("%s", { timeout: 300_000 }, async (_title, backend, count) => {
    const { fault, runs } = await explore(backend, seeds(count));
    expect(fault).toBeUndefined();
    // Or nothing would be shown by it.
    if (seed === undefined) for (const times of Object.values(runs)) expect(times).toBeGreaterThan(count / 20);
  });
});

const broken = Object.entries(breakages).flatMap(([title, { shows, ...breakage }]) =>
  shows.map((backend) => ({ title, backend, breakage })),
);

itInFull.skipIf(seed !== undefined).each(broken)(
  "T53, T58: the simulation finds $title, on $backend",
  { timeout: 300_000 },
  async ({ backend, breakage }) => {
    const { fault } = await explore(backend, { first: 0, count: 2_000 }, breakage);
    expect(fault).toMatch(/^step \d+: the handler ran (?:\d+ times for|without) approval \d+\n/);
    // With what led to it.
    expect(fault).toContain('"seed":');
    expect(fault).toContain('{"kind":"use"');
  },
);

itInFull.skipIf(seed !== undefined)("the simulation finds the same fault each time", async () => {
  const [breakage] = Object.values(breakages);
  for (let seed = 0; seed < 60; seed++) {
    const schedule = makeSchedule(seed, "redis");
    expect(makeSchedule(seed, "redis")).toEqual(schedule);
    expect(await play(schedule, breakage)).toEqual(await play(schedule, breakage));
  }
});
