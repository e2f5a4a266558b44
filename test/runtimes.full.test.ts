import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";

const run = promisify(execFile);
const folder = fileURLToPath(new URL("runtimes", import.meta.url));

/** Runtimes as their npm packages have them, and how each is told to run a file. */
const runtimes = [
  { name: "node", command: [process.execPath] },
  { name: "bun", command: ["npx", "--yes", "bun@1.4.5"] },
  { name: "deno", command: ["npx", "--yes", "deno@2.9.6"], flags: ["run", "--allow-all"] },
] as const;

/** Runs the flow. Answers why it is skipped where the runtime is not there, and npm cannot bring it. */
async function runFlow(
  flow: string,
  command: readonly string[],
  flags: readonly string[] = [],
): Promise<string | { output: string }> {
  const [file, ...args] = command as readonly [string, ...string[]];
  const options = { cwd: folder, timeout: 240_000 };
  try {
    return { output: (await run(file, [...args, ...flags, flow], options)).stdout };
  } catch (error) {
    const starts = await run(file, [...args, "--version"], options).then(
      () => true,
      () => false,
    );
    if (starts) throw error;
    return `${command.join(" ")} does not start`;
  }
}

describe("C12: an Express application with the embedded engine", () => {
  it.for(runtimes)("goes through its whole flow on $name", { timeout: 600_000 }, async (runtime, context) => {
    expect(inject("buildErrors")).toBe("");
    const ran = await runFlow("express-flow.mjs", runtime.command, "flags" in runtime ? runtime.flags : []);
    if (typeof ran === "string") return void context.skip(ran);
    const lines = ran.output.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { step: "runtime", runtime: runtime.name },
      { step: "small", status: 200, withdrawn: "5.00" },
      { step: "large", status: 403, code: "challenge_required" },
      { step: "unfinished", status: 403, code: "challenge_incomplete" },
      { step: "changed", status: 403, code: "action_parameters_changed" },
      { step: "approved", status: 200, withdrawn: "250.00" },
      { step: "again", status: 409, code: "action_token_used" },
      { step: "page", status: 200, type: "text/html; charset=utf-8" },
    ]);
  });
});

describe("a guarded handler of Request → Response", () => {
  const others = runtimes.filter(({ name }) => name !== "node");

  it.for(others)(
    "goes through its whole flow on the server of $name",
    { timeout: 600_000 },
    async (runtime, context) => {
      expect(inject("buildErrors")).toBe("");
      const ran = await runFlow("fetch-flow.mjs", runtime.command, "flags" in runtime ? runtime.flags : []);
      if (typeof ran === "string") return void context.skip(ran);
      const lines = ran.output.trim().split("\n");
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
        { step: "runtime", runtime: runtime.name },
        { step: "nobody", status: 401, code: "authentication_required" },
        { step: "asked", status: 403, code: "challenge_required" },
        { step: "changed", status: 403, code: "action_parameters_changed" },
        { step: "elsewhere", status: 403, code: "action_parameters_changed" },
        { step: "approved", status: 200, withdrawn: "250.00" },
        { step: "again", status: 409, code: "action_token_used" },
        { step: "addresses", addresses: ["127.0.0.1"] },
      ]);
    },
  );
});
