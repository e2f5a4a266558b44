import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serveExample } from "../../bank/src/index.ts";
import { createApp } from "./app.ts";

const built = new URL("../.next/BUILD_ID", import.meta.url);
if (!existsSync(built)) {
  const setup = fileURLToPath(new URL("../setup.mjs", import.meta.url));
  execFileSync(process.execPath, [setup], { stdio: "inherit" });
}
await serveExample("Next.js", createApp);
