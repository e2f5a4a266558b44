import { type Breakage, type Played, play } from "./play.ts";
import { type Backend, describeSchedule, makeSchedule } from "./schedule.ts";

/**
 * Plays the schedules of seeds from `first` on. Returns the first fault, with everything that led to it, and how often handlers
 * ran by then.
 */
export async function explore(
  backend: Backend,
  { first, count }: { readonly first: number; readonly count: number },
  breakage?: Breakage,
): Promise<Played> {
  const runs = { challenge: 0, review: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const schedule = makeSchedule(seed, backend);
    const played = await play(schedule, breakage);
    runs.challenge += played.runs.challenge;
    runs.review += played.runs.review;
    if (played.fault !== undefined) return { fault: `${played.fault}\n${describeSchedule(schedule)}`, runs };
  }
  return { fault: undefined, runs };
}
