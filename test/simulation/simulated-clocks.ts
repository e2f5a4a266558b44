import type { Clock } from "@require-action/core";

/** One machine's clock, on a time that only the simulation knows. */
export interface SimulatedClock extends Clock {
  jump(ms: number): void;
  /** From now on it runs at this rate: 1 is right, 0 is stopped. */
  run(rate: number): void;
  /** Sets it right. */
  sync(): void;
}

/** The true time, and the clocks that are meant to show it. */
export interface SimulatedTime {
  readonly now: number;
  pass(ms: number): void;
  /** A clock that is right, and never further off than `limitMs`. */
  clock(limitMs: number): SimulatedClock;
}

/** 2026-11-28T10:20:00Z, in the middle of an hour. */
const START = 1_795_861_200_000;

export function createSimulatedTime(): SimulatedTime {
  let time = START;
  const passing: ((ms: number) => void)[] = [];
  return {
    get now() {
      return time;
    },
    pass(ms) {
      time += ms;
      for (const pass of passing) pass(ms);
    },
    clock(limitMs) {
      let offset = 0;
      let rate = 1;
      const move = (ms: number): void => {
        offset = Math.round(Math.min(Math.max(offset + ms, -limitMs), limitMs));
      };
      passing.push((ms) => move(ms * (rate - 1)));
      return {
        now: () => time + offset,
        jump: move,
        run(next) {
          rate = next;
        },
        sync() {
          offset = 0;
          rate = 1;
        },
      };
    },
  };
}
