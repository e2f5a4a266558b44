/** Two kinds of input for which the same work must take the same time. */
export interface TimedKinds<Input> {
  work(input: Input): unknown;
  readonly one: Input;
  readonly other: Input;
}

const CROPPED_FROM = 0.9;

/**
 * Measures two kinds of calls, in an order of chance, and answers with Welch's t of their times: beyond 4.5 in size, they
 * differ. The slowest tenth is left out, which is the machine's doing.
 * @see Reparaz, Balasch, Verbauwhede: Dude, is my code constant time? (2016)
 */
export function welchT<Input>({ work, one, other }: TimedKinds<Input>, samples: number): number {
  const measure = (count: number): { isOne: boolean; ns: number }[] =>
    Array.from({ length: count }, () => {
      const isOne = Math.random() < 0.5;
      const input = isOne ? one : other;
      const startedAt = process.hrtime.bigint();
      // One function for both: two would be compiled each in its own way.
      work(input);
      return { isOne, ns: Number(process.hrtime.bigint() - startedAt) };
    });
  // Compiled beforehand.
  measure(Math.ceil(samples / 20));
  const all = measure(samples).toSorted((left, right) => left.ns - right.ns);
  const kept = all.slice(0, Math.floor(all.length * CROPPED_FROM));
  const [left, right] = [true, false].map((wanted) => statistics(kept.filter(({ isOne }) => isOne === wanted)));
  return (left!.mean - right!.mean) / Math.sqrt(left!.error + right!.error);
}

/** The mean, and the square of its error. */
function statistics(times: readonly { readonly ns: number }[]): { mean: number; error: number } {
  const mean = times.reduce((sum, { ns }) => sum + ns, 0) / times.length;
  const variance = times.reduce((sum, { ns }) => sum + (ns - mean) ** 2, 0) / (times.length - 1);
  return { mean, error: variance / times.length };
}
