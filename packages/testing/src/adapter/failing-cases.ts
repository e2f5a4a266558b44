import { adapterCases } from "./adapter-conformance.ts";
import type { AdapterHarness } from "./adapter-harness.ts";

const PATIENCE_MS = 2_000;

/**
 * Runs the suite's cases of one group without a test runner, and tells the titles of those that fail: to show that the
 * suite finds an adapter that is broken on purpose. A case that does not end within two seconds has failed.
 */
export async function findFailingCases(harness: AdapterHarness, group: string): Promise<string[]> {
  const failing: string[] = [];
  for (const { title, run } of adapterCases.filter((candidate) => candidate.group === group)) {
    let timer: NodeJS.Timeout | undefined;
    const outOfPatience = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error("out of patience")), PATIENCE_MS);
    });
    try {
      await Promise.race([run(harness), outOfPatience]);
    } catch {
      failing.push(title);
    } finally {
      clearTimeout(timer);
    }
  }
  return failing;
}
