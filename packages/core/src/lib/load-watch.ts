import { performance } from "node:perf_hooks";

/** A deadline that fires later than this, or than a tenth of it, fired late. */
const TOLERATED_LATENESS_MS = 50;
const TOLERATED_LATENESS = 0.1;
/** An event loop that was at work for more than this, and than half of a deadline, left too little of it. */
const TOLERATED_WORK_MS = 100;
const TOLERATED_WORK = 0.5;
/** An answer that took this share of its deadline is a slow one. */
const SLOW_ANSWER = 0.25;
/** A slow answer in this last share of a wait shows that the other side is at work. */
const RECENT = 0.5;

/** The time of this process, in milliseconds. Neither runs backwards. */
export interface ProcessTime {
  /** How long the process has run. */
  now(): number;
  /** How long the event loop has been at work, rather than idle. */
  busy(): number;
}

const processTime: ProcessTime = {
  now: () => performance.now(),
  busy: () => performance.eventLoopUtilization().active,
};

/** One wait for an answer. */
export interface WatchedWait {
  /** Notes that something came back, in whole or in part. */
  answered(): void;
  /**
   * True when this process and its own load are why the wait ended without an answer: the deadline fired late, the event loop
   * was at work for most of it, or the other side was answering all along, slowly.
   */
  isOwnDoing(): boolean;
  /** As `isOwnDoing`, of somebody else's time limit, as client libraries have them, that has ended the wait just now. */
  wasCutShortByOwnDoing(): boolean;
  /** True when the other side was answering all along, slowly. */
  isSlow(): boolean;
}

/** Distinguishes "busy" from "down" for one provider, database or server that this process waits for. */
export interface LoadWatch {
  /** Begins a wait of at most `deadlineMs` milliseconds. */
  begin(deadlineMs: number): WatchedWait;
}

/**
 * Creates the watch of one other side. Its waits share what is known of it: that it answers slowly says of each of them that
 * it is not down. Whoever makes this process late, or its queues long, must not be able to pass that off as an outage.
 * @example
 * const watch = createLoadWatch();
 * const wait = watch.begin(1_000);
 * // When the time is up:
 * const code = wait.isOwnDoing() ? "provider_busy" : "provider_unavailable";
 */
export function createLoadWatch(time: ProcessTime = processTime): LoadWatch {
  const slowAnswers = { lastAt: Number.NEGATIVE_INFINITY };
  return { begin: (deadlineMs) => new Wait(deadlineMs, time, slowAnswers) };
}

// A class, as one is made for each call.
class Wait implements WatchedWait {
  readonly #deadlineMs: number;
  readonly #time: ProcessTime;
  readonly #slowAnswers: { lastAt: number };
  readonly #beganAt: number;
  readonly #busyBefore: number;

  constructor(deadlineMs: number, time: ProcessTime, slowAnswers: { lastAt: number }) {
    this.#deadlineMs = deadlineMs;
    this.#time = time;
    this.#slowAnswers = slowAnswers;
    this.#beganAt = time.now();
    this.#busyBefore = time.busy();
  }

  answered(): void {
    const now = this.#time.now();
    if (now - this.#beganAt >= this.#deadlineMs * SLOW_ANSWER) this.#slowAnswers.lastAt = now;
  }

  isOwnDoing(): boolean {
    return this.#isOwnDoing(this.#deadlineMs);
  }

  wasCutShortByOwnDoing(): boolean {
    return this.#isOwnDoing(this.#time.now() - this.#beganAt);
  }

  isSlow(): boolean {
    return this.#isSlow(this.#deadlineMs);
  }

  #isOwnDoing(deadlineMs: number): boolean {
    const late = this.#time.now() - this.#beganAt - deadlineMs;
    if (late > Math.max(TOLERATED_LATENESS_MS, deadlineMs * TOLERATED_LATENESS)) return true;
    const work = this.#time.busy() - this.#busyBefore;
    return work > Math.max(TOLERATED_WORK_MS, deadlineMs * TOLERATED_WORK) || this.#isSlow(deadlineMs);
  }

  #isSlow(deadlineMs: number): boolean {
    return this.#slowAnswers.lastAt >= this.#beganAt + deadlineMs * RECENT;
  }
}
