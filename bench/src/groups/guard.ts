import { measureInProcess } from "../guard/in-process.ts";
import type { GroupReport, Pace } from "../report.ts";

const plans = {
  full: { rounds: 15, calls: 4_000, warmUp: 4_000 },
  quick: { rounds: 7, calls: 2_000, warmUp: 2_000 },
  tiny: { rounds: 2, calls: 20, warmUp: 5 },
} as const;

/** The guard: what it costs on a route. */
export async function measureGuard(pace: Pace): Promise<GroupReport> {
  const { table, aims, work } = await measureInProcess(plans[pace]);
  return { title: "Guard", tables: [table], aims, work, skipped: [] };
}
