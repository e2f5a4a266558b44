import type { KeyParts, Store } from "./store.ts";

/** So far back that what a store may have kept of the question has ended by any process's clock. */
const LONG_AGO_MS = 24 * 60 * 60_000;

/**
 * Returns when the window of what was counted under a key ends, in milliseconds since the epoch; `undefined` when there is none.
 * Counts nothing: with a limit of none no attempt is allowed, and a window that has ended begins none.
 */
export async function windowEndOf(
  store: Pick<Store, "countAttempt">,
  key: KeyParts,
  now: number,
): Promise<number | undefined> {
  const { endsAt } = await store.countAttempt(key, 0, -LONG_AGO_MS, now);
  return endsAt > now ? endsAt : undefined;
}

/** No count comes near it, not even where a store takes half of a limit for used because it may have forgotten some. */
const MANY = 1_000_000;

/**
 * Begins a window under a key, unless one is under way, so that {@link windowEndOf} finds it. True for the first of those
 * who begin the same one at once.
 */
export async function beginWindow(
  store: Pick<Store, "countAttempt">,
  key: KeyParts,
  windowMs: number,
  now: number,
): Promise<boolean> {
  await store.countAttempt(key, MANY, windowMs, now);
  return (await store.countAttempt(["first", ...key], 1, windowMs, now)).allowed;
}

/** Ends a window that was begun under a key. */
export async function endWindow(store: Pick<Store, "resetAttempts">, key: KeyParts): Promise<void> {
  await store.resetAttempts(key);
  await store.resetAttempts(["first", ...key]);
}
