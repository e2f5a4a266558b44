import { describe, it } from "vitest";
import type { ConformanceCase, ConformanceOptions, OpenHarness } from "./conformance-case.ts";

/**
 * Declares a vitest suite of these cases.
 * @throws Error when an entry of `skip` is not the title of a case, or has no reason
 */
export function describeCases<Harness extends OpenHarness>(
  port: string,
  cases: readonly ConformanceCase<Harness>[],
  { name, open, skip = {} }: ConformanceOptions<Harness>,
): void {
  const reasons = new Map(Object.entries(skip));
  for (const [title, reason] of reasons) {
    if (!cases.some((known) => known.title === title)) {
      throw new Error(`The ${port} conformance suite has no case "${title}" to skip; copy its title from the report.`);
    }
    if (typeof reason !== "string" || reason.trim() === "") {
      throw new Error(`The case "${title}" is skipped without a reason; say why it cannot hold for ${name}.`);
    }
  }
  describe(`${port} conformance: ${name}`, () => {
    for (const { title, run } of cases) {
      const reason = reasons.get(title);
      if (reason === undefined) it(title, () => runCase(run, open));
      else it.skip(`${title} (skipped: ${reason})`, () => {});
    }
  });
}

/** Runs a case on an implementation of its own, and closes that whatever happens. */
async function runCase<Harness extends OpenHarness>(
  run: ConformanceCase<Harness>["run"],
  open: ConformanceOptions<Harness>["open"],
): Promise<void> {
  const harness = await open();
  try {
    await run(harness);
  } finally {
    await harness.close?.();
  }
}

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
