import type { ConformanceCase, ConformanceOptions, OpenHarness } from "./conformance-case.ts";
import { runCase } from "./describe-cases.ts";

const PATIENCE_MS = 20_000;
const SHORT_PATIENCE_MS = 5_000;

/**
 * Runs cases without a test runner and returns the titles of those that fail: shows that a suite finds an implementation
 * which is broken on purpose. A case that has not ended within 20 seconds has failed. With `atOnce`, all cases run at the
 * same time and have five seconds, for an implementation that is expected to fail; on a busy machine a right one may fail too.
 */
export async function findFailingCases<Harness extends OpenHarness>(
  cases: readonly ConformanceCase<Harness>[],
  open: ConformanceOptions<NoInfer<Harness>>["open"],
  { atOnce = false }: { readonly atOnce?: boolean } = {},
): Promise<string[]> {
  const failing: string[] = [];
  const tryCase = async ({ title, run }: ConformanceCase<Harness>): Promise<void> => {
    try {
      await withPatience(atOnce ? SHORT_PATIENCE_MS : PATIENCE_MS, () => runCase(run, open));
    } catch {
      failing.push(title);
    }
  };
  if (atOnce) await Promise.all(cases.map(tryCase));
  else for (const candidate of cases) await tryCase(candidate);
  return failing;
}

async function withPatience(ms: number, run: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const outOfPatience = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("out of patience")), ms);
  });
  try {
    await Promise.race([run(), outOfPatience]);
  } finally {
    clearTimeout(timer);
  }
}
