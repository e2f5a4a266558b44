// @ts-nocheck
import { relative } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer } from "vitest/node";
import { mutationGroup } from "./scripts/mutation-groups.mjs";
import config from "./vitest.config.ts";

/** Quick files first: a mutant that they kill never meets a conformance suite. Vitest by itself begins with the longest. */
class QuickFirst extends BaseSequencer {
  async sort(files) {
    return (await super.sort(files)).sort((a, b) => this.#duration(a) - this.#duration(b));
  }

  #duration({ project, moduleId }) {
    const key = `${project.name}:${relative(this.ctx.config.root, moduleId)}`;
    return this.ctx.cache.getFileTestResults(key)?.duration ?? 0;
  }
}

/**
 * The tests of what is mutated, without browsers and other packages, without those that take seconds each and find nothing
 * that others miss (random walks, thousands of mutated seals), without adapters and stores that are broken already, and
 * without tests of types: what Stryker writes into a file is not typed.
 */
export default defineConfig({
  ...config,
  // Cases that play an outage take seconds, hold deadlines, and are about the guard behind the adapter.
  plugins: [
    {
      name: "without-outages",
      enforce: "pre",
      load: (id) => (id.endsWith("/adapter/cases/outages.ts") ? "export const outages = [];" : undefined),
    },
  ],
  test: {
    ...config.test,
    projects: undefined,
    // None of these tests starts what is built, and what Stryker writes does not build.
    globalSetup: ["packages/sql/test/lent-schemas.ts"],
    include: mutationGroup().tests,
    // A test of deadlines may fail on a machine that is busy, and would end the run before it has begun.
    // What a mutant has made to wait for ever would only wait again.
    retry: { count: 2, condition: /^(?!.*timed out in \d+ms)/s },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    sequence: { sequencer: QuickFirst },
    // A mutant that survives the first examples of a property survives them all, or nearly.
    env: { PROPERTY_RUNS: "300" },
    exclude: [
      // But for code that the tests of no other file meet.
      "**/!(conformance*|clients|code-guessing|counting|guessing|deletion|ledger-timelines|managed-redis|redis-masters|redis-settings|worker).full.test.ts",
      "**/state-model.test.ts",
      "**/seal-mutations.test.ts",
      "**/broken-*.test.ts",
      "**/*-types.test.ts",
    ],
  },
});
