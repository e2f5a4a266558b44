// Mutation tests of what decides: `npm run mutation`, or `npm run mutation -- --mutate packages/core/src/seal.ts`.
// In place, as a copy would lack the packages' own node_modules; Stryker puts every file back when it ends.
export default {
  testRunner: "vitest",
  plugins: ["@stryker-mutator/vitest-runner"],
  vitest: { configFile: "vitest.mutation.config.ts", related: false },
  inPlace: true,
  // What is not mutated is not touched: putting a file back would lose its mode.
  ignorePatterns: ["packages/server", "packages/*/bin", "examples", "bench", "docs", "test", ".ci", "scripts"],
  coverageAnalysis: "perTest",
  mutate: [
    "packages/core/src/{seal,hmac,binding,canonical-json,guard,judge,decide,verify,claim,handler-claim,memory-ledger}.ts",
    "packages/engine/src/{tokens,keyring,challenges,judge,attempts,validate-challenge,action-moves}.ts",
  ],
  ignoreStatic: true,
  timeoutMS: 60_000,
  reporters: ["clear-text", "json"],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: true },
  jsonReporter: { fileName: "reports/mutation.json" },
  thresholds: { high: 95, low: 90, break: 90 },
  tempDirName: ".stryker-tmp/sandbox",
};
