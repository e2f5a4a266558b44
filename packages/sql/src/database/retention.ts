import type { Awaitable } from "@require-action/core/provider";
import type { Dialect, TableName } from "./dialect.ts";
import type { Statement } from "./driver.ts";

/** How many calls there are between two sweeps. */
const EVERY = 64;
/** How many rows a sweep takes: more than are written meanwhile, and few enough to hold nobody up. */
export const SWEEP_ROWS = 128;
/** What has ended is left for this long, so that a process whose clock is ahead takes nothing from the others. */
export const SWEEP_MARGIN_MS: number = 60 * 60_000;

/**
 * Makes what is called after each write, and sweeps after every 64th: nothing runs in the background, and a table that is
 * written to never keeps more of what has ended than it had. A sweep that fails is made up for by the next.
 */
export function createSweeper<Argument>(
  sweep: (argument: Argument) => Awaitable<unknown>,
): (argument: Argument) => void {
  let calls = 0;
  const contained = async (argument: Argument): Promise<void> => {
    try {
      await sweep(argument);
    } catch {}
  };
  return (argument) => {
    if (++calls % EVERY === 0) void contained(argument);
  };
}

/** Deletes some of the rows whose time was up at `until`, and that meet the condition. */
export function sweepStatement(
  dialect: Dialect,
  name: TableName,
  key: string,
  time: string,
  until: string,
  condition?: string,
): Statement {
  const ended = endedQuery(dialect, name, key, time, until, condition);
  return { main: `DELETE FROM ${dialect.table(name)} WHERE ${dialect.isAmong(key, ended)} RETURNING ${key}` };
}

/** Finds some of the rows whose time was up at `until`, and that meet the condition. */
export function endedQuery(
  { table, skipLocked }: Dialect,
  name: TableName,
  key: string,
  time: string,
  until: string,
  condition?: string,
): string {
  // A query of its own for the time: the database's clock in its place would be asked for each row, and no index used.
  return `SELECT ${key} FROM ${table(name)} WHERE ${time} <= (SELECT ${until}) ${condition === undefined ? "" : `AND (${condition})`} ORDER BY ${time} LIMIT ${SWEEP_ROWS} ${skipLocked}`;
}
