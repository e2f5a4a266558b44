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
function start(name: string, port = "0"): ChildProcess {
  const env = { ...process.env, PORT: port };
  const child = spawn(process.execPath, [`${root}scripts/example.mjs`, name], { cwd: root, env });
  started.push(child);
  return child;
}

/** What an example tells once it is served: where, and the password of its reviewer. */
async function introductionOf(child: ChildProcess): Promise<{ readonly url: string; readonly password: string }> {
  let told = "";
  return new Promise((resolve, reject) => {
    child.stdout!.on("data", (chunk) => {
      told += chunk;
      const [, url, password] = /is open at (\S+)[^]+password is (\S+)/.exec(told) ?? [];
      if (url && password) resolve({ url, password });
    });
    child.stderr!.on("data", (chunk) => (told += chunk));
    child.on("exit", () => reject(new Error(told)));
  });
}

/** The status that bob's sign-in form is answered with. */
async function signInAtConsole(consoleUrl: string, password: string): Promise<number> {
  const page = await fetch(`${consoleUrl}sign-in`);
  const cookie = page.headers.getSetCookie().map((one) => one.split(";")[0]);
  const [, formToken = ""] = /name="formToken" value="([^"]+)"/.exec(await page.text()) ?? [];
  const body = new URLSearchParams({ formToken, reviewer: "bob", password });
  const headers = { cookie: cookie.join("; ") };
  const { status } = await fetch(`${consoleUrl}sign-in`, { method: "POST", headers, body, redirect: "manual" });
  return status;
}

describe("npm start", () => {
  it("serves an example after it has set the workspace up", () => {
    const { scripts } = JSON.parse(read("package.json"));
    expect(scripts.start).toBe("node scripts/setup.mjs && node scripts/example.mjs");
  });

  it.each(names)(
    "-- %s serves the bank, its page, its guarded route and its console, from source",
    async (name) => {
      const { url, password } = await introductionOf(start(name));
      expect(await (await fetch(url)).text()).toContain("<title>Example Bank</title>");
      expect(await (await fetch(`${url}/bank.js`)).text()).toContain("Action-Token");
      const reply = await fetch(`${url}/withdrawals`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ amount: "250.00", currency: "EUR", payee: "DE02120300000000202051" }),
      });
      expect(await reply.json()).toMatchObject({ status: 401, code: "authentication_required" });
      expect(await signInAtConsole(`${url}/auth/console/`, "not his")).toBe(403);
      expect(await signInAtConsole(`${url}/auth/console/`, password)).toBe(303);
    },
    60_000,
  );

  it.each(["abc", "70000"])("says what is wrong with a port: %s", async (port) => {
    const child = start("express", port);
    let told = "";
    child.stderr!.on("data", (chunk) => (told += chunk));
    expect(await once(child, "close")).toEqual([1, null]);
    expect(told).toBe("PORT must be a whole number from 0 to 65535.\n");
  });

  it("tells which examples there are", async () => {
    const child = start("nonsense");
    let told = "";
    child.stderr!.on("data", (chunk) => (told += chunk));
    expect(await once(child, "close")).toEqual([1, null]);
    for (const name of names) expect(told).toContain(name);
  });
});
