import { execFile } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { freePort } from "@require-action-test/support/free-port";
import { builtFile } from "@require-action-test/support/built-packages";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPool } from "../packages/sql/test/databases.ts";
import { blocks } from "./markdown.ts";
import { root } from "./workspace.ts";

const page = "docs/deploying.md";
const url = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
const folder = `${root}test/.deploying/`;
const run = promisify(execFile);
const ports = new Map<string, number>();

/** The commands of a step, on ports and a database that are free. */
function commandsOf(name: string): string {
  const { code } = blocks(page).find(({ step }) => step === name)!;
  return code
    .replaceAll(/\b410[0-3]\b/g, (port) => String(ports.get(port)))
    .replaceAll("postgres://postgres@127.0.0.1:5432/test", url)
    .replaceAll(/\bserve (?!--port)/g, `serve --port ${ports.get("4100")} `);
}

/** Runs steps of the page in one shell, as its reader would. Answers what they print; what they leave running ends with them. */
async function walk(...steps: readonly string[]): Promise<string> {
  const atEnd = "trap 'kill $(jobs -p) 2>/dev/null || true; wait || true' EXIT";
  const script = ["set -euo pipefail", atEnd, ...steps.map(commandsOf)].join("\n");
  const env = { ...process.env, PATH: `${folder}bin:${process.env["PATH"]}`, NODE_NO_WARNINGS: "1" };
  return run("bash", ["-c", script], { cwd: folder, env }).then(
    ({ stdout, stderr }) => stdout + stderr,
    ({ stdout, stderr }) => expect.fail(`${steps.join(", ")}: ${stdout}${stderr}`),
  );
}

beforeAll(async () => {
  for (const port of ["4100", "4101", "4102", "4103"]) ports.set(port, await freePort());
  rmSync(folder, { recursive: true, force: true });
  for (const name of ["bin", "node_modules"]) mkdirSync(folder + name, { recursive: true });
  // The command of this repository, by the name that an installed one has.
  const cli = builtFile("packages/cli/bin/require-action.js");
  writeFileSync(`${folder}bin/npx`, `#!/bin/sh\nshift\nexec "${process.execPath}" "${cli}" "$@"\n`, { mode: 0o755 });
  for (const [of, name] of [
    ["server", "serverless-http"],
    ["sql", "pg"],
  ]) {
    symlinkSync(`${root}packages/${of}/node_modules/${name}`, `${folder}node_modules/${name}`);
  }
  for (const { pastes, code } of blocks(page)) {
    if (pastes === undefined) continue;
    writeFileSync(folder + pastes, code);
  }
  await walk("secrets");
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  const pool = openPool({ max: 1 });
  await pool.query("DROP SCHEMA IF EXISTS deploying CASCADE");
  await pool.end();
});

it("walks from a laptop to one machine and a function on it", { timeout: 240_000 }, async () => {
  expect(await walk("laptop")).toContain("/v1");
  expect(await walk("machine", "lambda")).toMatch(/200 \{"withdrawn":"5\.00"\}\n403 enrollment_required\n/);
});

it("has an action that one of three copies decided answered by another", { timeout: 240_000 }, async () => {
  const output = await walk("three", "failover");
  expect(output.match(/"state":"\w+"/g)).toEqual(['"state":"ALLOW"', '"state":"CHALLENGE_REQUIRED"']);
});
