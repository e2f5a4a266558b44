// @ts-nocheck
// Mutation tests of what decides and enforces, a group at a time: `scripts/mutation.mjs` says how to run them.
// In place, as a copy would lack the packages' own node_modules; Stryker puts every file back when it ends.
import { mutationGroup } from "./scripts/mutation-groups.mjs";

const { name, mutate } = mutationGroup();

export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  inPlace: true,
  // What is not mutated is not touched: putting a file back would lose its mode.
  ignorePatterns: ["packages/*/bin", "packages/*/test", "examples", "bench", "docs", "test", ".ci", "scripts"],
  coverageAnalysis: "perTest",
  mutate,
  // Vitest checks no types; otherwise Stryker writes into every source file of the workspace.
  disableTypeChecks: false,
  ignoreStatic: true,
  // Tests that wait for each other, and count what arrives meanwhile, are not helped by a second runner beside them.
  concurrency: 1,
  timeoutMS: 30_000,
  reporters: ["clear-text", "json", "progress-append-only"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: true },
  jsonReporter: { fileName: `reports/mutation-${name}.json` },
  thresholds: { high: 95, low: 95, break: 95 },
  tempDirName: `.stryker-tmp/${name}`,
};
