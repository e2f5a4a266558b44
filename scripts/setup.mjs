// Installs the workspace when it is not installed yet, or was installed from another lockfile.
// A fresh machine has only Node and npm, so pnpm comes through npx, pinned by "packageManager".
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}node_modules/.require-action-setup`;

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`require-action needs Node 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

const lockfile = createHash("sha256")
  .update(readFileSync(`${root}pnpm-lock.yaml`))
  .digest("hex");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lockfile) {
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  console.error(`Installing dependencies with ${packageManager} …`);
  const { status, error } = spawnSync("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (error) console.error(`npx did not start: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, lockfile);
}
