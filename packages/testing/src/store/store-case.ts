import type { ConformingStore } from "./conforming-store.ts";

/** How the suite reaches a store. */
export interface StoreHarness {
  readonly name: string;
  /** Opens a store of its own: what another one holds is not in it. */
  open(): Promise<StoreSubject>;
}

/** One open store. */
export interface StoreSubject {
  readonly store: ConformingStore;
  /** Another connection to the same store, as another process has; itself where a store is for one process only. */
  readonly other: ConformingStore;
  /** Ends what `create` began. */
  close(): Promise<void>;
}

/** One behaviour that every store has. */
export interface StoreCase {
  readonly title: string;
  /** Rejects when the store behaves otherwise. */
  run(subject: StoreSubject): Promise<void>;
}

/** Calls over both connections at once, so many times. */
export function atOnce<Answer>(
  { store, other }: StoreSubject,
  times: number,
  call: (store: ConformingStore, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => call(index % 2 ? store : other, index)));
}

/** A record to compare: stores may hand out frozen ones, and data points without a prototype. */
export function plain(record: unknown): unknown {
  return structuredClone(record);
}
