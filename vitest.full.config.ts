import { defineConfig } from "vitest/config";
import config from "./vitest.config.ts";

/**
 * The tests that take minutes: `npm run test:full`. Those of `*.full.test.ts` have a shorter form among those of `npm test`;
 * the others play everything with `TEST_FULL=1`, and a part of it without. `PROPERTY_RUNS` is how many random examples a
 * property of sealing and hashing has to survive.
 */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    projects: undefined,
    include: [
      "{packages,examples}/*/test/**/*.full.test.ts",
      "{test,bench/test}/**/*.full.test.ts",
      "test/{busy,end-to-end,getting-started,npm-start}.test.ts",
      "test/faults/*.test.ts",
      "test/simulation/simulation.test.ts",
      "packages/cli/test/{routes,stores}.test.ts",
      "packages/server/test/raw-target.test.ts",
      "packages/core/test/{canonical-json,length-prefixed,seal,seal-mutations}.test.ts",
      "packages/{redis,sql}/test/{guessing,ledger-races,redis-races}.test.ts",
      "examples/durable-withdraw/test/{durable-withdraw,graceful-stop}.test.ts",
    ],
    exclude: ["**/node_modules/**"],
    env: { TEST_FULL: "1", PROPERTY_RUNS: process.env["PROPERTY_RUNS"] ?? "10000" },
  },
});
