import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { builtFile } from "@require-action-test/support/built-packages";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const built = builtFile("packages/cli/bin/require-action.js");
const running = new Set<ChildProcess>();

export const examplePolicy: string = fileURLToPath(new URL("../../../examples/policy.json", import.meta.url));

/** Kills what a test left running. */
export function killAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** What a server prints once it serves. */
export const ready = /is ready at (http:\/\/\S+)/;

/** A command in a process of its own. */
export interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly output: string; readonly errors: string }>;
  /** Waits until what was printed matches, and resolves to the first group, or to all that matched. */
  printed(pattern: RegExp): Promise<string>;
}

/** Runs `require-action` as it is built, or another build of it, in the folder of the repository. */
export function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = "",
  nodeFlags: readonly string[] = [],
  main: string = built,
): Run {
  const { REQUIRE_ACTION_API_SECRET: _api, REQUIRE_ACTION_ENGINE_SECRET: _engine, ...inherited } = process.env;
  const child = spawn(process.execPath, [...nodeFlags, main, ...args], {
    cwd: root,
    env: { ...inherited, ...environment },
    stdio: "pipe",
  });
  running.add(child);
  child.stdin.end(input);
  let output = "";
  let errors = "";
  const waiting = new Set<() => void>();
  const hear = (): void => waiting.forEach((look) => look());
  child.stdout.on("data", (data: Buffer) => ((output += data.toString()), hear()));
  child.stderr.on("data", (data: Buffer) => ((errors += data.toString()), hear()));
  const ended = new Promise<{ code: number | null; output: string; errors: string }>((resolve) =>
    child.on("close", (code) => {
      running.delete(child);
      resolve({ code, output, errors });
      hear();
    }),
  );
  return {
    child,
    ended,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output + errors);
          if (match !== null) resolve(match[1] ?? match[0]);
          else if (child.exitCode !== null) reject(new Error(`It ended without ${pattern}: ${output}${errors}`));
          else return;
          waiting.delete(look);
        };
        waiting.add(look);
        look();
      }),
  };
}
