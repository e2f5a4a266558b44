// Installs Next beside the workspace, links the packages of this repository, and builds the application. Needs no network once
// Next is there.
import { execFileSync } from "node:child_process";
import { existsSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const env = { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" };
const run = (command, ...args) =>
  execFileSync(command, args, { cwd: here, env, stdio: ["ignore", "inherit", "inherit"] });

if (!existsSync(`${here}node_modules/next`)) run("npm", "ci", "--prefer-offline", "--no-audit", "--no-fund");
rmSync(`${here}node_modules/@require-action`, { force: true });
symlinkSync("../../../packages", `${here}node_modules/@require-action`, "dir");
run(process.execPath, "node_modules/next/dist/bin/next", "build");
