import type { AdapterHarness } from "./adapter-harness.ts";

/** One behaviour that every adapter has. */
export interface AdapterCase {
  /** The group's letter, as in (a) to (n). */
  readonly group: string;
  readonly title: string;
  /** Rejects when the adapter behaves otherwise. */
  run(harness: AdapterHarness): Promise<void>;
}
