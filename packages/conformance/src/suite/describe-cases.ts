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
export async function runCase<Harness extends OpenHarness>(
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
