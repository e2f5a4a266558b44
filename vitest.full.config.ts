import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import config, { projectsOf } from "./vitest.config.ts";

/** Those that have a process to themselves, as in `npm test`, or measure memory. */
const alone = [
  "packages/{hono,nestjs}/test/*.full.test.ts",
  "packages/core/test/memory-ledger-growth.full.test.ts",
  "packages/redis/test/redis-settings.full.test.ts",
  "packages/server/test/raw-target.test.ts",
  "test/end-to-end.test.ts",
  "test/getting-started.full.test.ts",
  "test/end-to-end-next.full.test.ts",
  "bench/test/**/*.full.test.ts",
];
const env = { TEST_FULL: "1", PROPERTY_RUNS: process.env["PROPERTY_RUNS"] ?? "10000" };

/** Files that play everything with `TEST_FULL=1`, and a part of it without: those that ask for it. */
function filesThatPlayMore(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return /^(?:node_modules|dist|src)$/.test(entry.name) ? [] : filesThatPlayMore(path);
    const plays = path.endsWith(".test.ts") && readFileSync(path, "utf8").includes("@require-action-test/support/full");
    return plays ? [path] : [];
  });
}

/**
 * The tests that take minutes: `npm run test:full`. Those of `*.full.test.ts` have a shorter form among those of `npm test`.
 * `PROPERTY_RUNS` is how many random examples a property of sealing and hashing has to survive.
 */
const everything = [
  "{packages,examples}/*/test/**/*.full.test.ts",
  "{test,bench/test}/**/*.full.test.ts",
  ...["packages", "examples", "test"].flatMap(filesThatPlayMore),
  "packages/core/test/{canonical-json,length-prefixed,seal,seal-mutations}.test.ts",
];

/** Names of files that `FULL_WITHOUT` leaves out, where a machine is too slow for all of them. */
const exclude = (process.env["FULL_WITHOUT"] ?? "")
  .split(" ")
  .flatMap((name) => (name === "" ? [] : `**/${name}.full.test.ts`));

export default defineConfig({
  ...config,
  test: { ...config.test, projects: projectsOf(everything, alone, { exclude, env }) },
});
