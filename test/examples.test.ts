import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { read, root } from "./workspace.ts";

const names = ["express", "express-decorators", "koa", "fastify", "hono", "nestjs"];
const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

/** Runs what `npm start -- <name>` runs once everything is installed, on any free port. */
function start(name: string): ChildProcess {
  const env = { ...process.env, PORT: "0" };
  const child = spawn(process.execPath, [`${root}scripts/example.mjs`, name], { cwd: root, env });
  started.push(child);
  return child;
}

describe("npm start", () => {
  it("serves an example after it has set the workspace up", () => {
    const { scripts } = JSON.parse(read("package.json"));
    expect(scripts.start).toBe("node scripts/setup.mjs && node scripts/example.mjs");
  });

  it.each(names)(
    "-- %s serves the bank, its page and its guarded route, from source",
    async (name) => {
      const child = start(name);
      let told = "";
      const url = await new Promise<string>((resolve, reject) => {
        child.stdout!.on("data", (chunk) => {
          told += chunk;
          const [, found] = /is open at (\S+)/.exec(told) ?? [];
          if (found) resolve(found);
        });
        child.stderr!.on("data", (chunk) => (told += chunk));
        child.on("exit", () => reject(new Error(told)));
      });
      expect(await (await fetch(url)).text()).toContain("<title>Example Bank</title>");
      expect(await (await fetch(`${url}/bank.js`)).text()).toContain("Action-Token");
      const reply = await fetch(`${url}/withdrawals`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ amount: "250.00", currency: "EUR", payee: "DE02120300000000202051" }),
      });
      expect({ status: reply.status, code: (await reply.json()).code }).toEqual({
        status: 401,
        code: "authentication_required",
      });
    },
    60_000,
  );

  it("tells which examples there are", async () => {
    const child = start("nonsense");
    let told = "";
    child.stderr!.on("data", (chunk) => (told += chunk));
    expect(await once(child, "close")).toEqual([1, null]);
    for (const name of names) expect(told).toContain(name);
  });
});
