import type { ConformanceCase } from "../suite/conformance-case.ts";
import type { AdapterHarness } from "./adapter-harness.ts";

/** One behaviour that every adapter has. */
export interface AdapterCase extends ConformanceCase<AdapterHarness> {
  /** The letter of the group that the case belongs to, from `a` to `o`. */
  readonly group: string;
}
