import { median } from "./median.ts";
import type { Work } from "./report.ts";
import { inRounds } from "./rounds.ts";

/** One thing to measure: a call whose CPU time counts. It tells whether it did what it is for; that is counted, no more. */
export interface Subject {
  readonly name: string;
  run(): Promise<boolean>;
}

/** How often. */
export interface Repetition {
  readonly rounds: number;
  readonly calls: number;
  readonly warmUp: number;
}

/** The median over all rounds, in microseconds of CPU a call. */
export interface Measured extends Work {
  readonly microseconds: number;
  /** What each round came to. */
  readonly samples: readonly number[];
}

/** Measures subjects side by side, one call after the other. Takes CPU time of the process, garbage collection included. */
export async function measure(
  subjects: readonly Subject[],
  { rounds, calls, warmUp }: Repetition,
): Promise<readonly Measured[]> {
  for (const { run } of subjects) for (let call = 0; call < warmUp; call++) await run();
  const samples = new Map(subjects.map((subject) => [subject, { costs: [] as number[], done: 0 }]));
  await inRounds(subjects, rounds, async (subject) => {
    const sample = samples.get(subject)!;
    let done = 0;
    const before = process.cpuUsage();
    for (let call = 0; call < calls; call++) if (await subject.run()) done++;
    sample.costs.push(microsecondsSince(before) / calls);
    sample.done += done;
  });
  return subjects.map((subject) => settle(subject.name, samples.get(subject)!, rounds * calls));
}

function microsecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

function settle(subject: string, { costs, done }: { costs: number[]; done: number }, asked: number): Measured {
  return { subject, microseconds: median(costs), samples: costs, asked, done };
}
