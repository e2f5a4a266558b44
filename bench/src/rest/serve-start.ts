import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { nodeArguments } from "../child.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const GIVE_UP_MS = 30_000;

/** Starts `require-action serve` and asks until it answers; the milliseconds from its start to its first answer. */
export async function startServe(): Promise<number> {
  const port = await freePort();
  const command = nodeArguments.length > 0 ? "packages/cli/src/main.ts" : "packages/cli/bin/require-action.js";
  const startedAt = performance.now();
  const server = spawn(
    process.execPath,
    [...nodeArguments, command, "serve", "--policy", "examples/policy.json", "--dev", "--port", String(port)],
    { cwd: root, stdio: "ignore" },
  );
  try {
    while (performance.now() - startedAt < GIVE_UP_MS) {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
      if (answer?.ok === true) return performance.now() - startedAt;
      await wait(5);
    }
    throw new Error("require-action serve gave no answer");
  } finally {
    const exit = once(server, "exit");
    server.kill();
    await exit;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
