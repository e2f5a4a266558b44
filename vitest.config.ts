import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { SkipReporter } from "./vitest.skip-reporter.ts";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files that have a process to themselves: those that change it, as the server of Hono changes Response, or look at what was
 * loaded before. The others follow one another in one process, and share with it the modules that are loaded and the browser.
 */
const alone = [
  "packages/cli/test/console-receipts.test.ts",
  "packages/core/test/off-http.test.ts",
  "packages/{authsignal,engine}/test/globals.test.ts",
  "packages/hono/test/**/*.test.ts",
  "packages/nestjs/test/**/*.test.ts",
  "packages/redis/test/check-redis.test.ts",
  "packages/server/test/{console,console-access,console-attacks,console-figures,console-queue,raw-target}.test.ts",
  "packages/server/test/http/shared-headers.test.ts",
  "test/{end-to-end,globals}.test.ts",
];

/** Files that take longest, longest first: begun late, one of them keeps a single worker busy at the end. */
const longest = [
  "test/inherited-members.full.test.ts",
  "packages/parked/test/kills.full.test.ts",
  "test/receipts.full.test.ts",
  "test/runtimes.full.test.ts",
  "packages/engine/test/state-model.full.test.ts",
  "test/busy.full.test.ts",
  "packages/server/test/pages/gallery-accessibility.full.test.ts",
  "packages/server/test/console-tasks.full.test.ts",
  "test/faults/ledger-faults.full.test.ts",
  "packages/sql/test/busy.full.test.ts",
  "packages/cli/test/command-line.full.test.ts",
  "packages/cli/test/routes.full.test.ts",
  "packages/parked/test/graphile-worker.full.test.ts",
  "packages/parked/test/worker.full.test.ts",
  "packages/parked/test/memory-queue.test.ts",
  "test/simulation/simulation.test.ts",
  "test/inherited-members.test.ts",
  "test/end-to-end.test.ts",
  "packages/sql/test/store-conformance.test.ts",
  "packages/sql/test/query-builders-conformance.test.ts",
  "packages/server/test/bad-input.test.ts",
  "test/regular-expressions.test.ts",
];

/**
 * Begins with the files that are alone, and ends with those that share a process, which must follow one another to do so: the
 * longest first, then those in a browser, as the others are short and fill all workers to the end.
 */
class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specifications);
    return sorted.toSorted((a, b) => this.#rank(a) - this.#rank(b));
  }

  #rank({ project, moduleId }: TestSpecification): number {
    const file = relative(this.ctx.config.root, moduleId);
    const place = longest.indexOf(file);
    const inBrowser = /\/(?:browser|pages)\/|-browser\./.test(file) ? 0 : 1;
    return (project.config.isolate ? 0 : 100) + (place === -1 ? longest.length + inBrowser : place);
  }
}

const everything = [
  "packages/*/test/**/*.test.ts",
  "examples/*/test/**/*.test.ts",
  "test/**/*.test.ts",
  "bench/test/**/*.test.ts",
];

const ssr = {
  resolve: { conditions: ["@require-action/source", "module", "node", "development|production", "default"] },
};
const settings = {
  environment: "node",
  setupFiles: "test/support/src/unexpected-warnings.ts",
  pool: "forks",
  // A warning is expected by its test, or fails it: there is nothing to print.
  execArgv: ["--no-warnings"] as string[],
  // Much of a test is waiting, for servers and browsers: more workers than cores keep them busy.
  maxWorkers: availableParallelism() + 2,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // What is waited for comes; how soon is the machine's to say.
  expect: { poll: { timeout: 30_000 } },
} as const;

const never = ["**/node_modules/**"];

/** The files of a run: those of `alone` have a process each, and all others share some. */
export function projectsOf(
  include: readonly string[],
  alone: readonly string[],
  options: { readonly exclude?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): TestProjectInlineConfiguration[] {
  const exclude = [...never, ...(options.exclude ?? [])];
  const env = { ...options.env };
  return [
    { ssr, test: { ...settings, name: "alone", include: [...alone], exclude, env } },
    {
      ssr,
      test: {
        ...settings,
        name: "sharing",
        isolate: false,
        // Where files share a process, what one of them changes for all is found.
        setupFiles: [settings.setupFiles, "test/support/src/unchanged-globals.ts"],
        include: [...include],
        exclude: [...exclude, ...alone],
        env,
      },
    },
  ];
}

export default defineConfig({
  ssr,
  test: {
    ...settings,
    globalSetup: ["test/support/src/built-packages.ts", "packages/sql/test/lent-schemas.ts"],
    reporters: ["default", new SkipReporter()],
    // The reporter has what was skipped; the judge of OpenID Connect says of itself that it is one.
    onConsoleLog: (log) => !log.startsWith("SKIPPED: ") && !log.includes("oidc-provider WARNING"),
    sequence: { sequencer: LongestFirst },
    projects: projectsOf(everything, alone, { exclude: ["**/*.{full,machines}.test.ts"] }),
  },
});
