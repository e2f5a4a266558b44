// Runs a TypeScript entry straight from source: packages resolve through the "@require-action/source" condition.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// The demo has a tsx of its own, as it can be installed by itself.
const tsx = pathToFileURL(createRequire(resolve(process.argv[2])).resolve("tsx")).href;
const child = spawn(
  process.execPath,
  ["--conditions=@require-action/source", "--import", tsx, ...process.argv.slice(2)],
  {
    stdio: "inherit",
    // Nest's decorators are legacy ones. This reaches the files of its example, and no others.
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: fileURLToPath(new URL("../examples/nestjs-withdraw/tsconfig.json", import.meta.url)),
    },
  },
);
process.on("SIGTERM", () => child.kill("SIGTERM"));
// A terminal sends it to both, and a second one ends at once what the first has asked to stop.
process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
