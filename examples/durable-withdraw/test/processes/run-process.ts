import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bundledScript } from "@require-action-test/support/bundled-script";

/** Another process that serves. */
export interface ServerProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it has written to its standard error so far. */
  readonly complaints: string[];
  /** Resolves with its exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts a script of this example from source, and waits until it has written where it serves. */
export async function startProcess(
  script: string,
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const { DATABASE_URL: _url, ...inherited } = process.env;
  const bundle = await bundledScript(fileURLToPath(new URL(script, import.meta.url)));
  const child = spawn(process.execPath, ["--enable-source-maps", bundle], {
    env: { ...inherited, PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const complaints: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => complaints.push(text));
  const ended = once(child, "close").then(([code]) => code as number | null);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\/\/\S+:\d+/.exec(line)?.[0];
    // Its events are not read any more, and must not hold it up.
    child.stdout.resume();
    if (url !== undefined) return { child, url, complaints, ended };
  }
  throw new Error(`${script} ended with ${child.exitCode ?? child.signalCode}: ${complaints.join("")}`);
}
