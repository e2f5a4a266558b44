import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { root } from "./workspace.ts";

const run = promisify(execFile);

/** Runs as built: names the packages that were loaded before and after a policy in YAML was read. */
const script = `
import Module from "node:module";
import { compilePolicy } from "@require-action/engine/policy";
const isLoaded = () => Object.keys(Module._cache).some((file) => /[\\\\/]yaml[\\\\/]dist[\\\\/]/.test(file));
compilePolicy({ actions: {} });
compilePolicy('{ "actions": {} }');
const before = isLoaded();
const { actionCodes } = compilePolicy("actions:\\n  pay:\\n    defaultOutcome: BLOCK\\n");
console.log(JSON.stringify({ before, after: isLoaded(), actionCodes }));
`;

it("yaml is loaded with the first policy that is YAML", async () => {
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: `${root}test` });
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true, actionCodes: ["pay"] });
});

it("yaml is in a bundle, and found there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "require-action-bundle-"));
  const outfile = join(folder, "bundle.cjs");
  const stdin = { contents: script, resolveDir: `${root}test` };
  await build({ stdin, bundle: true, platform: "node", format: "cjs", outfile });
  const { stdout } = await run(process.execPath, [outfile], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({ before: false, after: false, actionCodes: ["pay"] });
  await rm(folder, { recursive: true });
});
