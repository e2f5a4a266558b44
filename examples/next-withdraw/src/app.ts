import type { RequestListener } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type AppOptions, isUserName, parseWithdrawal, readPageFile } from "../../bank/src/index.ts";

const dir = fileURLToPath(new URL("../", import.meta.url));

/** The bank as an application of Next, as `setup.mjs` has built it. */
export async function createApp(options: AppOptions): Promise<RequestListener> {
  const bank = { ...options, isUserName, parseWithdrawal, readPageFile };
  Object.assign(globalThis, { [Symbol.for("require-action-examples.bank")]: bank });
  const app = createRequire(import.meta.url)("next")({ dev: false, dir });
  await app.prepare();
  return app.getRequestHandler();
}
