import { type Flown, fly } from "./in-flight.ts";
import { median, medianRatio } from "./median.ts";
import type { Row, Work } from "./report.ts";
import { inRounds } from "./rounds.ts";

/** A call to be made many times, some at a time. */
export interface FlightSubject {
  readonly name: string;
  call(): Promise<boolean>;
}

/** What the rounds came to. */
export interface MeasuredFlight extends Work {
  readonly flights: readonly Flown[];
}

/** How often, and how many at a time. */
export interface FlightPlan {
  readonly rounds: number;
  readonly calls: number;
  readonly width: number;
}

/** Makes the calls of all subjects in turn, round after round; the first round is to warm up and does not count. */
export async function compareFlights(
  subjects: readonly FlightSubject[],
  { rounds, calls, width }: FlightPlan,
): Promise<readonly MeasuredFlight[]> {
  const flights = new Map<FlightSubject, Flown[]>(subjects.map((subject) => [subject, []]));
  await inRounds(subjects, rounds + 1, async (subject) => {
    flights.get(subject)!.push(await fly(calls, width, () => subject.call()));
  });
  return subjects.map((subject) => {
    const all = flights.get(subject)!;
    const done = all.reduce((sum, flight) => sum + flight.done, 0);
    return { subject: subject.name, asked: calls * all.length, done, flights: all.slice(1) };
  });
}

/** The columns of {@link flightRow}. */
export const flightColumns = [
  { name: "throughput × base", digits: 2 },
  { name: "CPU × base", digits: 2 },
  { name: "calls/s", digits: 0 },
  { name: "µs of client CPU", digits: 1 },
  { name: "p99 ms", digits: 2 },
] as const;

/** A table's row. */
export function flightRow(measured: MeasuredFlight, base: MeasuredFlight): Row {
  return {
    subject: measured.subject,
    figures: [
      speedRatio(measured, base),
      cpuRatio(measured, base),
      median(measured.flights.map(speed)),
      median(measured.flights.map(cpu)),
      p99(measured),
    ],
  };
}

/** Times the base's calls per second. */
export function speedRatio(measured: MeasuredFlight, base: MeasuredFlight): number {
  return medianRatio(measured.flights.map(speed), base.flights.map(speed));
}

/** Times the base's CPU time a call, of the process that calls. */
export function cpuRatio(measured: MeasuredFlight, base: MeasuredFlight): number {
  return medianRatio(measured.flights.map(cpu), base.flights.map(cpu));
}

/** The latency in milliseconds that one call in a hundred exceeds, the median over rounds. */
export function p99({ flights }: MeasuredFlight): number {
  return median(
    flights.map(({ latencies }) => latencies.toSorted((a, b) => a - b)[Math.floor(latencies.length * 0.99)]!),
  );
}

function speed({ latencies, milliseconds }: Flown): number {
  return (latencies.length / milliseconds) * 1000;
}

function cpu({ cpuMicroseconds, latencies }: Flown): number {
  return cpuMicroseconds / latencies.length;
}
