// Installs the workspace when it is not installed yet, or was installed from another lockfile. With the folder of a package,
// installs only what that package needs to run; a later call without one installs the rest.
// A fresh machine has only Node and npm, so pnpm comes through npx, pinned by "packageManager".
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
// A part is marked by its name after the lockfile's hash. What is installed whole, or by hand, is kept whole.
const isPart = installed.includes(" ");
const part = isPart || !existsSync(`${root}node_modules`) ? process.argv[2] : undefined;
const wanted = part === undefined ? lockfile : `${lockfile} ${part}`;
if (installed !== wanted && installed !== lockfile) {
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
  console.error(`Installing dependencies with ${packageManager} …`);
  const flags = ["--frozen-lockfile"];
  if (part !== undefined) {
    // The root comes along whatever is filtered, and with it better-sqlite3, which no part needs compiled.
    flags.push("--prod", "--filter-prod", `{./${part}}...`, "--ignore-scripts", "--loglevel=error");
    mkdirSync(`${root}node_modules`, { recursive: true });
    writeFileSync(stamp, " unfinished");
  } else if (isPart) {
    // Packages that were installed without their scripts would stay so.
    rmSync(`${root}node_modules`, { recursive: true });
  }
  const { status, error } = spawnSync("npx", ["--yes", packageManager, "install", ...flags], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (error) console.error(`npx did not start: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, wanted);
}
