import { median, medianRatio } from "../median.ts";
import type { Row, Work } from "../report.ts";
import { inRounds } from "../rounds.ts";
import type { Burst } from "../served/server-process.ts";

/** One way to ask one route, measured round after round. */
export interface RouteSubject<Asking extends { readonly requests: number }> {
  readonly name: string;
  readonly route: { burst(asking: Asking): Promise<Burst> };
  /** What this round's requests are. */
  ask(round: number): Promise<Asking>;
}

/** What the rounds came to. */
export interface MeasuredRoute extends Work {
  readonly bursts: readonly Burst[];
}

/** The columns of {@link routeRow}. */
export const routeColumns = [
  { name: "throughput × base", digits: 2 },
  { name: "CPU × base", digits: 2 },
  { name: "requests/s", digits: 0 },
  { name: "µs of server CPU", digits: 1 },
  { name: "p99 ms", digits: 1 },
] as const;

/** Asks all routes in turn, round after round; the first round is to warm up and does not count. */
export async function compareRoutes<Asking extends { readonly requests: number }>(
  subjects: readonly RouteSubject<Asking>[],
  rounds: number,
): Promise<ReadonlyMap<RouteSubject<Asking>, MeasuredRoute>> {
  const bursts = new Map<RouteSubject<Asking>, Burst[]>(subjects.map((subject) => [subject, []]));
  const asked = new Map<RouteSubject<Asking>, number>();
  await inRounds(subjects, rounds + 1, async (subject, round) => {
    const asking = await subject.ask(round);
    const burst = await subject.route.burst(asking);
    asked.set(subject, (asked.get(subject) ?? 0) + asking.requests);
    bursts.get(subject)!.push(burst);
  });
  return new Map(
    subjects.map((subject) => {
      const own = bursts.get(subject)!;
      // Each request must have been answered with 200, and have run the handler once.
      const done = own.reduce((sum, { succeeded, served }) => sum + Math.min(succeeded, served), 0);
      return [subject, { subject: subject.name, asked: asked.get(subject)!, done, bursts: own.slice(1) }];
    }),
  );
}

/** Times the base's throughput. */
export function throughputRatio(measured: MeasuredRoute, base: MeasuredRoute): number {
  return medianRatio(measured.bursts.map(throughput), base.bursts.map(throughput));
}

/** A table's row of a route. */
export function routeRow(measured: MeasuredRoute, base: MeasuredRoute): Row {
  const { subject, bursts } = measured;
  return {
    subject,
    figures: [
      throughputRatio(measured, base),
      medianRatio(bursts.map(cpuPerRequest), base.bursts.map(cpuPerRequest)),
      median(bursts.map(throughput)),
      median(bursts.map(cpuPerRequest)),
      median(bursts.map(({ p99Milliseconds }) => p99Milliseconds)),
    ],
  };
}

function throughput({ served, milliseconds }: Burst): number {
  return (served / milliseconds) * 1000;
}

export function cpuPerRequest({ cpuMicroseconds, served }: Burst): number {
  return cpuMicroseconds / served;
}
