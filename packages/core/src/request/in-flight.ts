import { createPrivateNotes } from "../lib/private-notes.ts";
import { option } from "../options/option.ts";
import { defineOptions, readOptions } from "../options/read-options.ts";
import type { GuardRequest } from "./guard-request.ts";
import { unavailable } from "../reply/refusal.ts";

/** How a guard is stopped. */
export interface StopOptions {
  /** Milliseconds after which it is no longer waited for what is under way. 10,000 by default, at most a day. */
  readonly withinMs?: number;
}

/** What was left when a guard had stopped. */
export interface StopReport {
  /** Requests whose responses had not ended. */
  readonly left: number;
  /** Claims that were given back once time was up, as their requests had not reached their handlers. */
  readonly released: number;
}

/** The requests that a guard has let in and whose responses have not ended. */
export interface InFlight {
  /** Lets a request in, or refuses it while the guard is stopping. `evaluated` follows in either case. */
  enter(request: GuardRequest<object>): void;
  /** Notes that a verdict was reached. */
  evaluated(): void;
  /** Notes that a claim was given back. */
  gaveBack(): void;
  /** Has `stop` wait for what follows upon a response. `work` may not reject. */
  follow(work: Promise<void>): void;
  /** True once nothing may go on to its handler any more. */
  readonly isOver: boolean;
  stop(options?: StopOptions): Promise<StopReport>;
}

const DEFAULT_WITHIN_MS = 10_000;
/** A timer of more than a few weeks ends at once. */
const MAX_WITHIN_MS = 86_400_000;

const stopSchema = defineOptions<StopOptions>({
  required: {},
  optional: {
    withinMs: option.matching(
      (value) => typeof value === "number" && value >= 0 && value <= MAX_WITHIN_MS,
      `must be milliseconds from 0 to ${MAX_WITHIN_MS}`,
    ),
  },
});
/** The part of the time in which claims are given back rather than waited for. */
const LAST_PART = 0.1;

/** Who has let a request in. Noted with the request, as an entry in a set, made and deleted for each, costs more. */
const letInBy = createPrivateNotes<readonly object[]>();

export function createInFlight(): InFlight {
  const self = {};
  let requests = 0;
  let judging = 0;
  let released = 0;
  let isOver = false;
  let stopped: Promise<StopReport> | undefined;
  let look = (): void => {};

  /** Waits until `condition` holds, looking whenever something has ended, for at most `ms`. */
  const wait = (condition: () => boolean, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      look = () => {
        if (!condition()) return;
        clearTimeout(timer);
        resolve();
      };
      look();
    });

  const stop = async (withinMs: number): Promise<StopReport> => {
    await wait(() => requests === 0, withinMs * (1 - LAST_PART));
    isOver = true;
    await wait(() => judging === 0, withinMs * LAST_PART);
    return { left: requests, released };
  };

  const ended = (): void => {
    requests--;
    look();
  };

  return {
    get isOver() {
      return isOver;
    },
    enter(request) {
      const { native } = request;
      judging++;
      const known = letInBy.get(native);
      if (known?.includes(self)) return;
      if (stopped) throw unavailable("the guard is stopping");
      letInBy.set(native, known === undefined ? [self] : [...known, self]);
      requests++;
      request.whenEnded(ended);
    },
    evaluated() {
      judging--;
      look();
    },
    gaveBack() {
      released++;
    },
    follow(work) {
      judging++;
      void work.then(this.evaluated);
    },
    stop(options) {
      const { withinMs = DEFAULT_WITHIN_MS } = readOptions<StopOptions>("guard.stop", stopSchema, options);
      return (stopped ??= stop(withinMs));
    },
  };
}
