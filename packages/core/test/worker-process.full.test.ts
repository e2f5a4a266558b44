import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("processes/several.ts", import.meta.url));

/** The warnings of a process with this environment, and of the workers of its cluster. */
async function warnings(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", "--conditions", "@require-action/source", script],
    { env: { ...process.env, NODE_APP_INSTANCE: "", WORKERS: "0", ...environment } },
  );
  return Array.from(stderr.matchAll(/\[RA_MEMORY_IN_WORKER\].*its (\w+) is in memory/g), ([, what = ""]) => what);
}

it.each<readonly [string, Readonly<Record<string, string>>, readonly string[]]>([
  ["one process", {}, []],
  ["the first of PM2", { NODE_APP_INSTANCE: "0" }, []],
  ["another of PM2", { NODE_APP_INSTANCE: "1" }, ["ledger"]],
  ["two workers of a cluster", { WORKERS: "2" }, ["ledger", "ledger"]],
])("C8: a ledger in memory, twice, warns once in each of several processes: %s", async (_name, environment, told) => {
  expect(await warnings(environment)).toEqual(told);
});
