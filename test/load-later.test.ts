import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { root } from "./workspace.ts";

const run = promisify(execFile);

/** Runs as built: names the packages that are loaded at first, and after a policy in YAML that names an address was read. */
const script = `
import Module from "node:module";
import { compilePolicy } from "@require-action/engine/policy";
const packages = () => [
  ...new Set(Object.keys(Module._cache).flatMap((file) => /[\\\\/](yaml|ipaddr[.]js)[\\\\/](?:dist|lib)[\\\\/]/.exec(file)?.[1] ?? [])),
];
compilePolicy({ actions: {} });
compilePolicy('{ "actions": {} }');
const before = packages();
const { actionCodes } = compilePolicy(\`
actions:
  pay:
    defaultOutcome: BLOCK
    rules:
      - { ruleId: r1, name: r1, priority: 1, type: ALLOW, conditions: { "==": [{ var: ip.address }, 10.0.0.1] } }
\`);
console.log(JSON.stringify({ before, after: packages().sort(), actionCodes }));
`;

it("yaml is loaded with the first policy that is YAML, and ipaddr.js with the first address", async () => {
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: `${root}test` });
  expect(JSON.parse(stdout)).toEqual({ before: [], after: ["ipaddr.js", "yaml"], actionCodes: ["pay"] });
});

it("they are in a bundle, and found there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "require-action-bundle-"));
  const outfile = join(folder, "bundle.cjs");
  const stdin = { contents: script, resolveDir: `${root}test` };
  await build({ stdin, bundle: true, platform: "node", format: "cjs", outfile });
  const { stdout } = await run(process.execPath, [outfile], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({ before: [], after: [], actionCodes: ["pay"] });
  await rm(folder, { recursive: true });
});
