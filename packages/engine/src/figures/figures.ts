import type { Clock } from "@require-action/core";
import { parseObject } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { Store } from "../store/store.ts";
import { createCountFigures } from "./count-figures.ts";
import type { FigureFilter, FigureRecord } from "./model/figure-records.ts";

const LENGTH_MS = { hour: 60 * 60_000, day: 24 * 60 * 60_000 } as const;
const MOST_RECORDS = 1_000;

/** What was decided and what became of it, by hours and days. */
export interface Figures {
  /**
   * Counts what has come since the last count; resolves to false where another process is counting, or did so within 30 seconds. Call
   * it from a timer where no server with a console runs, which does so by itself.
   */
  count(): Promise<boolean>;
  /**
   * Lists hours or days, oldest first, 1,000 of them at most. Those in which nothing happened may be missing.
   * @throws EngineError `request_invalid`
   */
  query(filter: FigureFilter): Promise<readonly FigureRecord[]>;
}

export function createFigures(store: Store, clock: Clock): Figures {
  return {
    count: createCountFigures(store, clock),
    async query(filter) {
      const { unit, from, before, mayLag } = parseObject(filter, "filter");
      if (unit !== "hour" && unit !== "day") throw new EngineError("request_invalid", "unit must be hour or day.");
      if (!Number.isFinite(from) || !Number.isFinite(before) || before - from > MOST_RECORDS * LENGTH_MS[unit]) {
        throw new EngineError(
          "request_invalid",
          `from and before must be times with ${MOST_RECORDS} ${unit}s between them.`,
        );
      }
      return store.listFigures({ unit, from, before, ...(mayLag === true && { mayLag }) });
    },
  };
}
