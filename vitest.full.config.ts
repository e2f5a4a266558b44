import { defineConfig } from "vitest/config";
import config, { projectsOf } from "./vitest.config.ts";

/** Those that have a process to themselves, as in `npm test`, or measure memory. */
const alone = [
  "packages/{hono,nestjs}/test/*.full.test.ts",
  "packages/core/test/memory-ledger-growth.full.test.ts",
  "packages/redis/test/redis-settings.test.ts",
  "packages/server/test/raw-target.test.ts",
  "test/{end-to-end,getting-started}.test.ts",
  "test/end-to-end-next.full.test.ts",
  "bench/test/**/*.full.test.ts",
];
const env = { TEST_FULL: "1", PROPERTY_RUNS: process.env["PROPERTY_RUNS"] ?? "10000" };

/**
 * The tests that take minutes: `npm run test:full`. Those of `*.full.test.ts` have a shorter form among those of `npm test`;
 * the others play everything with `TEST_FULL=1`, and a part of it without. `PROPERTY_RUNS` is how many random examples a
 * property of sealing and hashing has to survive.
 */
const everything = [
  "{packages,examples}/*/test/**/*.full.test.ts",
  "{test,bench/test}/**/*.full.test.ts",
  "test/{busy,end-to-end,getting-started,late-process}.test.ts",
  "test/faults/*.test.ts",
  "test/simulation/simulation.test.ts",
  "packages/cli/test/routes.test.ts",
  "packages/client/test/browser/{strict-mode,use-action}.test.ts",
  "packages/server/test/{code-guessing,console-browser,raw-target}.test.ts",
  "packages/server/test/pages/{challenge-flow,enrollment,magic-link,no-dead-ends,page-security,page-start,passkey}.test.ts",
  "packages/core/test/{canonical-json,length-prefixed,seal,seal-mutations}.test.ts",
  "packages/redis/test/{clients,managed-redis,redis-faults,redis-masters,redis-races,redis-settings,replica-confirmation}.test.ts",
  "packages/sql/test/{busy,deletion,engine-flow,guessing,ledger-races,postgres-faults,query-builders-conformance,retention}.test.ts",
  "examples/durable-withdraw/test/{durable-withdraw,graceful-stop}.test.ts",
];

export default defineConfig({
  ...config,
  test: { ...config.test, projects: projectsOf(everything, alone, { env }) },
});
