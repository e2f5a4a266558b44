import { setTimeout as pass } from "node:timers/promises";
import type pg from "pg";

const SAMPLE_MS = 10;

/** Does something, and counts how many of an application's backends wait for a lock, on average over samples. */
export async function countLockWaits<Result>(
  pool: pg.Pool,
  application: string,
  act: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly waiting: number }> {
  const over = new AbortController();
  let [samples, waiting] = [0, 0];
  const sample = async (): Promise<void> => {
    do {
      const { rows } = await pool.query<{ count: string }>({
        name: "lock_waits",
        text: "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'",
        values: [application],
      });
      samples++;
      waiting += Number(rows[0]?.count);
      await pass(SAMPLE_MS);
    } while (!over.signal.aborted);
  };
  const sampling = sample();
  try {
    const result = await act();
    return { result, waiting: waiting / Math.max(1, samples) };
  } finally {
    over.abort();
    await sampling;
  }
}
