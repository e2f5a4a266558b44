/** How much is measured: `full` for the record, `quick` for a look while changing something, `tiny` to try the bench itself. */
export type Pace = "full" | "quick" | "tiny";

/** A column of figures. */
interface Column {
  readonly name: string;
  /** Digits behind the point. */
  readonly digits: number;
}

/** Subjects measured side by side: ratios first, the raw figures beside. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Whether its rows come from a sampling profiler: a run too short for a sample has none. */
  readonly sampled?: true;
  /** What a reader must know to read the figures right. */
  readonly note?: string;
}

/** One subject. A figure that makes no sense for it is `undefined`. */
export interface Row {
  readonly subject: string;
  readonly figures: readonly (number | undefined)[];
}

/** What issue 6 demands of a figure. */
export interface Aim {
  /** Names the aim in the commentary. */
  readonly id: string;
  readonly what: string;
  readonly measured: number;
  readonly unit: string;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
}

/** What a subject did while it was timed. Where `done` is not `asked`, its figures say nothing. */
export interface Work {
  readonly subject: string;
  readonly asked: number;
  readonly done: number;
}

/** What a group has to tell. */
export interface GroupReport {
  readonly title: string;
  readonly tables: readonly Table[];
  readonly aims: readonly Aim[];
  readonly work: readonly Work[];
  /** What could not be measured here, and why. */
  readonly skipped: readonly string[];
}

/** A group of measurements that belong together. */
export type Group = (pace: Pace) => Promise<GroupReport>;

/** Whether an aim is met. A figure that is not a number meets nothing. */
export function isMet({ measured, bound }: Aim): boolean {
  return "atLeast" in bound ? measured >= bound.atLeast : measured <= bound.atMost;
}

/** Whether all subjects did what they were timed for. */
export function didItsWork({ asked, done }: Work): boolean {
  return asked > 0 && done === asked;
}
