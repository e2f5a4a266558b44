/** One thing to measure: a call whose CPU time counts. */
export interface Subject {
  readonly name: string;
  run(): Promise<unknown>;
}

/** The median over all rounds, in microseconds of CPU a call. */
export interface Measured {
  readonly name: string;
  readonly microseconds: number;
}

const WARM_UP = 2_000;

/**
 * Measures subjects side by side: round after round, all of them in each, so that what disturbs the machine disturbs all alike.
 * Takes CPU time of the process, which does not count the waiting.
 */
export async function measure(
  subjects: readonly Subject[],
  { rounds = 15, calls = 4_000 } = {},
): Promise<readonly Measured[]> {
  const samples = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (const { run } of subjects) for (let call = 0; call < WARM_UP; call++) await run();
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of subjects) {
      const before = process.cpuUsage();
      for (let call = 0; call < calls; call++) await run();
      const { user, system } = process.cpuUsage(before);
      samples.get(name)!.push((user + system) / calls);
    }
  }
  return subjects.map(({ name }) => ({ name, microseconds: median(samples.get(name)!) }));
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)]!;
}
