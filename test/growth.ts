const ROUNDS = 9;
/** A measurement is repeated before it is believed: a machine at work at something else can only make it worse. */
const ATTEMPTS = 4;
const ROUND_MICROSECONDS = 600;
const FURTHER_DOUBLINGS = 3;
const REFUSED = 1.5;

type Work = (text: string) => unknown;

/** Microseconds of CPU time. */
function cost(work: Work, text: string, times: number): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) {
    try {
      work(text);
    } catch {
      // To refuse a text is an answer, too.
    }
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** How often, for a round to last long enough to be measured. */
function timesFor(work: Work, text: string): number {
  for (let times = 1; ; times *= 2) if (cost(work, text, times) > ROUND_MICROSECONDS || times > 30_000) return times;
}

/** How many times as long twice the text takes, of the least CPU time of nine rounds each. */
function ratioOf(work: Work, text: string, twice: string): number {
  const times = timesFor(work, text);
  let [once, both] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    once = Math.min(once, cost(work, text, times));
    both = Math.min(both, cost(work, twice, times));
  }
  return both / Math.max(once, 1);
}

/**
 * The least ratio of a few measurements of work at a text and at twice that text, ended by the first that is small enough.
 *
 * Where none is, the doublings after it are measured. What grows as a square grows at each of them; memory of a size that is
 * allocated in another way, beyond 128 KiB, is a step at one. A ratio below {@link REFUSED} is no answer: such a text is
 * refused for its length.
 */
export function growth(work: Work, text: string, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least > enough; attempt++) {
    least = Math.min(least, ratioOf(work, text, text.repeat(2)));
  }
  for (let doubling = 1; doubling <= FURTHER_DOUBLINGS && least > enough; doubling++) {
    const longer = text.repeat(2 ** doubling);
    const ratio = ratioOf(work, longer, longer.repeat(2));
    if (ratio >= REFUSED) least = Math.min(least, ratio);
  }
  return least;
}

/**
 * What work at a text takes, in nanoseconds of CPU time for each of its characters: the least of a few, unless the first lies
 * outside of the range in which that matters.
 */
export function costPerCharacter(work: Work, text: string, [low, high]: readonly [low: number, high: number]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    least = Math.min(least, (cost(work, text, 1) * 1_000) / text.length);
    if (least < low || least > high) break;
  }
  return least;
}
