import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { GroupReport } from "../report.ts";
import { limits, methods } from "./commentary.ts";
import type { Machine } from "./machine.ts";
import { performancePage } from "./performance-page.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const path = `${root}docs/PERFORMANCE.md`;

/** Writes docs/PERFORMANCE.md from one run, formatted as all documents are. */
export function writePage(reports: readonly GroupReport[], machine: Machine): void {
  writeFileSync(path, `${performancePage(reports, machine, { limits, methods })}\n`);
  execFileSync("npx", ["prettier", "--write", path], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
}
