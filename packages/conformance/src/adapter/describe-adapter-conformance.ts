import type { ConformanceOptions } from "../suite/conformance-case.ts";
import { describeCases } from "../suite/describe-cases.ts";
import { adapterCases } from "./adapter-cases.ts";
import type { AdapterHarness } from "./adapter-harness.ts";

/**
 * Declares a vitest suite that puts an adapter through every behaviour that adapters have, over real HTTP. Call it at the top
 * level of a test file, or within a `describe`.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 *
 * @example
 * describeAdapterConformance({ name: "my framework 3", open: () => createMyHarness() });
 */
export function describeAdapterConformance(options: ConformanceOptions<AdapterHarness>): void {
  describeCases("adapter", adapterCases, options);
}
