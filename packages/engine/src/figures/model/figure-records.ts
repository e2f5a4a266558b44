import type { ActionState, Outcome } from "@require-action/core/provider";

/** How much time a record is about. Hours and days are those of UTC. */
export type FigureUnit = "hour" | "day";

/** Counts by a name: an outcome, a verification method, a bucket of durations, a bracket of ages. */
export type Counts = Readonly<Record<string, number>>;

/** The challenges that actions of the time led to, by what has become of them since. */
export interface ChallengeFigures {
  readonly asked: number;
  readonly passed: number;
  readonly failed: number;
}

/** One verification method in the challenges of the time. */
export interface MethodFigures {
  /** Challenges in which it was asked for, or answered with. */
  readonly tried: number;
  readonly passed: number;
  /** From being tracked to being passed, by bucket of milliseconds. */
  readonly durations: Counts;
}

/** One rule over actions of the time. */
export interface RuleFigures {
  readonly hits: number;
  /** Hits of actions that were challenged or reviewed. */
  readonly asked: number;
  /** Those of them that have passed since: false alarms. */
  readonly passed: number;
}

/** The figures of one action code. */
export interface ActionFigures {
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  readonly challenges: ChallengeFigures;
  readonly methods: Readonly<Record<string, MethodFigures>>;
  readonly rules: Readonly<Record<string, RuleFigures>>;
  /** How long decisions took, by bucket of milliseconds. */
  readonly decisions: Counts;
  /** Codes and links that were sent, by verification method. */
  readonly sends: Counts;
}

/** The figures of an hour or a day. They are replaced as a whole, and outlive the actions that they were counted from. */
export interface FigureRecord {
  readonly unit: FigureUnit;
  /** When it begins, in milliseconds since the epoch. */
  readonly at: number;
  /** When it was counted last. */
  readonly countedAt: number;
  /** By action code; under the empty text what is of no action. */
  readonly actions: Readonly<Record<string, ActionFigures>>;
  readonly locks: LockFigures;
  /** Reviews that were open at the last count within the time, by action code and bracket of ages; absent where there was none. */
  readonly openReviews?: Readonly<Record<string, Counts>>;
}

/** Who was locked within the time, as too many answers were wrong. */
export interface LockFigures {
  readonly authenticator: number;
  readonly user: number;
  readonly address: number;
}

/** How far figures have been counted. */
export interface FigureMark {
  /** Actions tracked, and events, earlier than this have been counted. */
  readonly through: number;
  /** Rises with each count, which names the one that it went on from. */
  readonly version: number;
}

/** Actions that are alike, of those that were tracked within a time. */
export interface ActionTally {
  readonly action: string;
  readonly outcome: Outcome;
  readonly state: ActionState;
  readonly verificationMethod?: string;
  /** Seconds from being tracked to its state, rounded down; where the challenge has succeeded. */
  readonly tookSeconds?: number;
  readonly decidedInMs?: number;
  readonly ruleIds: readonly string[];
  readonly count: number;
}

/** Events or tries that are alike. */
export interface EventTally {
  readonly type: CountedEvent | "challenge.tried";
  readonly action?: string;
  readonly verificationMethod?: string;
  readonly count: number;
}

/** Events that are counted as they are. */
export const countedEvents = ["challenge.sent", "authenticator.locked", "user.locked", "address.locked"] as const;
type CountedEvent = (typeof countedEvents)[number];

/** Events by which a method counts as tried in a challenge. */
export const triedEvents = ["challenge.sent", "challenge.matched", "challenge.refused", "challenge.verified"] as const;

/** Open reviews that are alike. */
export interface ReviewTally {
  readonly action: string;
  /** Whole hours since it was tracked. */
  readonly ageHours: number;
  readonly count: number;
}

/** What a time holds. */
export interface FigureTallies {
  readonly actions: readonly ActionTally[];
  /** Events of the time; and as `challenge.tried`, of the actions of the time, in how many challenges a method was tried. */
  readonly events: readonly EventTally[];
}

/** Which figures to list, oldest first. */
export interface FigureFilter {
  readonly unit: FigureUnit;
  /** At or after. */
  readonly from: number;
  /** Earlier than. */
  readonly before: number;
  /** True where the figures are for people to look at, and may be a moment old. */
  readonly mayLag?: boolean;
}

/** The part of a store that figures are counted with. Each verb is one atomic step, as all are. No decision waits for any of them. */
export interface FigureStore {
  /**
   * Has a caller count as long as `until`: the mark to go on from, `{ through: 0, version: 0 }` at first; `undefined` while the turn
   * of somebody else lasts.
   */
  takeFigures(now: number, until: number): Promise<FigureMark | undefined>;
  /** Counts what a time holds, from `from` to before `before`. */
  tallyFigures(from: number, before: number): Promise<FigureTallies>;
  /** The hours, each by its beginning, in which actions were tracked that events of a time are about. */
  listTouchedHours(from: number, before: number): Promise<readonly number[]>;
  /** Counts the reviews that are open. */
  tallyOpenReviews(now: number): Promise<readonly ReviewTally[]>;
  /**
   * Puts figures in the place of those of the same time, and moves the mark from `version` to `through` and the version after; its
   * turn then lasts until `until`. Hours that begin before `oldestHour` go. False, and nothing changed, where the mark is at another version.
   */
  putFigures(
    figures: readonly FigureRecord[],
    mark: FigureMark & { readonly until: number; readonly oldestHour: number },
  ): Promise<boolean>;
  /** Lists figures. */
  listFigures(filter: FigureFilter): Promise<readonly FigureRecord[]>;
}
