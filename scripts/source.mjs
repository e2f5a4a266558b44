// Runs a TypeScript entry straight from source: packages resolve through the "@require-action/source" condition.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const child = spawn(
  process.execPath,
  ["--conditions=@require-action/source", "--import", "tsx", ...process.argv.slice(2)],
  {
    stdio: "inherit",
    // Nest's decorators are legacy ones. This reaches the files of its example, and no others.
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: fileURLToPath(new URL("../examples/nestjs-withdraw/tsconfig.json", import.meta.url)),
    },
  },
);
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
