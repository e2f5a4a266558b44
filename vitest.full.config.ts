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
      "test/{busy,end-to-end,getting-started,late-process}.test.ts",
      "test/faults/*.test.ts",
      "test/simulation/simulation.test.ts",
      "packages/cli/test/routes.test.ts",
      "packages/client/test/browser/{strict-mode,use-action}.test.ts",
      "packages/server/test/{code-guessing,console-browser,raw-target}.test.ts",
      "packages/server/test/pages/{challenge-flow,enrollment,page-security,passkey}.test.ts",
      "packages/core/test/{canonical-json,length-prefixed,seal,seal-mutations}.test.ts",
      "packages/redis/test/{clients,managed-redis,redis-faults,redis-masters,redis-races,redis-settings}.test.ts",
      "packages/sql/test/{busy,deletion,engine-flow,guessing,ledger-races,postgres-faults,query-builders-conformance,retention}.test.ts",
      "examples/durable-withdraw/test/{durable-withdraw,graceful-stop}.test.ts",
    ],
    exclude: ["**/node_modules/**"],
    env: { TEST_FULL: "1", PROPERTY_RUNS: process.env["PROPERTY_RUNS"] ?? "10000" },
  },
});
