import { allowWarnings } from "@require-action-test/support/warnings";
import { expect, it } from "vitest";
import { explore } from "./explore.ts";
import type { Backend } from "./schedule.ts";

/** `SIMULATION_PARTS=2` explores the first two thousand of each backend only. */
const MOST_PARTS = Number(process.env["SIMULATION_PARTS"] ?? Number.POSITIVE_INFINITY);

/** Registers the exploration of so many thousand schedules on a backend, a thousand a test, so that a report says how far it came. */
export function exploreThousands(backend: Backend, thousands: number): void {
  allowWarnings("RA_CLOCK_JUMPED", "RA_REDIS_VOLATILE");

  it.each(Array.from({ length: Math.min(thousands, MOST_PARTS) }, (_, part) => part * 1_000))(
    `T53, T58: on ${backend}, of the schedules from %i on no handler runs twice for one approval, or without one`,
    { timeout: 600_000 },
    async (first) => {
      const { fault } = await explore(backend, { first, count: 1_000 });
      expect(fault).toBeUndefined();
    },
  );
}
