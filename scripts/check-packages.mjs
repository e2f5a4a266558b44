// Packs every package and has publint and attw look at the tarballs.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
const folder = mkdtempSync(join(tmpdir(), "require-action-check-"));
let failed = false;

function run(command, args, cwd = root) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status === 0) return;
  failed = true;
  console.error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
}

for (const name of readdirSync(`${root}packages`)) {
  run("npx", ["--yes", packageManager, "pack", "--pack-destination", folder], `${root}packages/${name}`);
}
for (const tarball of readdirSync(folder)) {
  run("npx", ["publint", "--strict", join(folder, tarball)]);
  // Node can require ESM, which older settings of TypeScript do not know.
  run("npx", ["attw", join(folder, tarball), "--ignore-rules", "cjs-resolves-to-esm"]);
  console.log(`checked ${tarball}`);
}
rmSync(folder, { recursive: true });
process.exit(failed ? 1 : 0);
