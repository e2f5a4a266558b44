// Runs a TypeScript entry straight from source: packages resolve through the "@require-action/source" condition.
import { spawn } from "node:child_process";

const child = spawn(
  process.execPath,
  ["--conditions=@require-action/source", "--import", "tsx", ...process.argv.slice(2)],
  { stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
