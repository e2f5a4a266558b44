import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

/**
 * The tests of what is mutated, without browsers and other packages, and without those that take seconds each and find
 * nothing that others miss: random walks, thousands of mutated seals, a million claims.
 */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ["packages/core/test/**/*.test.ts", "packages/engine/test/*.test.ts"],
    exclude: ["**/state-model.test.ts", "**/seal-mutations.test.ts", "**/memory-ledger-growth.test.ts"],
  },
});
