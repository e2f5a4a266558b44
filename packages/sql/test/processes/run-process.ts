import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bundledScript } from "@require-action-test/support/bundled-script";

/** Another process, which answers a line with a line. */
export interface TestProcess {
  readonly child: ChildProcess;
  /** The next line that it writes; rejects when it ends instead. */
  line(): Promise<string>;
  send(line: string): void;
  readonly ended: Promise<void>;
}

/** Starts a script of this folder, or that a URL names. */
export async function runProcess(script: string, environment: Readonly<Record<string, string>>): Promise<TestProcess> {
  const bundle = await bundledScript(fileURLToPath(new URL(script, import.meta.url)));
  const child = spawn(process.execPath, ["--enable-source-maps", bundle], {
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    child,
    async line() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${script} ended with ${child.exitCode ?? child.signalCode}`);
      return value;
    },
    send: (line) => void child.stdin.write(`${line}\n`),
    ended,
  };
}
