import type { Store } from "@require-action/engine";
import type { OpenHarness } from "../suite/conformance-case.ts";

/** A store of the engine under test, empty. */
export interface StoreHarness extends OpenHarness {
  readonly store: Store;
  /** Another connection to the same store, as another process has it; `store` itself where a store serves one process only. */
  readonly other: Store;
}

/** Calls over both connections at once, so many times. */
export function atOnce<Answer>(
  { store, other }: StoreHarness,
  times: number,
  call: (store: Store, index: number) => Promise<Answer>,
): Promise<Answer[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => call(index % 2 ? store : other, index)));
}

/** A record to compare: stores may hand out frozen ones, and data points without a prototype. */
export function plain(record: unknown): unknown {
  return structuredClone(record);
}
