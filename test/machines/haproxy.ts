import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pass } from "node:timers/promises";
import { freePort } from "@require-action-test/support/free-port";
import { blocks } from "../markdown.ts";
import { type Backend, type Balancer, balancerEnvironment, missingBalancer, SERVED_BY } from "./balancer.ts";

/** Why tests behind HAProxy are skipped. */
export const noHaproxy: string | undefined = missingBalancer("haproxy");

/** Starts HAProxy on a free port, as docs/OPERATIONS.md sets it up. */
export async function startHaproxy(backends: readonly Backend[]): Promise<Balancer> {
  const folder = await mkdtemp(join(tmpdir(), "require-action-haproxy-"));
  const [file, stats, port] = [join(folder, "haproxy.cfg"), join(folder, "stats"), await freePort()];
  const { code } = blocks("docs/OPERATIONS.md").find(({ language }) => language === "haproxy")!;
  const servers = backends.map((one) => `server ${one.name} 127.0.0.1:${one.port}`);
  const config = code
    .replace(/^ *global$/m, `global\nstats socket ${stats}`)
    .replace(/^ *bind .*$/m, `bind 127.0.0.1:${port}\nhttp-after-response set-header ${SERVED_BY} %s`)
    .replace(/^ *server .*\n/gm, "");
  await writeFile(file, `${config}\n${servers.join("\n")}\n`);
  const child = spawn("haproxy", ["-db", "-f", file], {
    stdio: ["ignore", "ignore", "pipe"],
    env: balancerEnvironment,
  });
  let errors = "";
  child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const isEnded = (): boolean => child.exitCode !== null;

  async function statusOf({ name }: Backend): Promise<string> {
    if (isEnded()) throw new Error(`HAProxy ended: ${errors}`);
    const socket = connect(stats);
    socket.end("show stat\n");
    const lines = (await text(socket).catch(() => "")).split("\n").map((line) => line.split(","));
    const column = lines[0]!.indexOf("status");
    return lines.find(([, server]) => server === name)?.[column] ?? "none yet";
  }

  async function until(backend: Backend, status: string): Promise<void> {
    // "UP 1/2" is one that has failed once.
    while ((await statusOf(backend)) !== status) await pass(50);
  }

  return {
    origin: `http://127.0.0.1:${port}`,
    until,
    async close() {
      child.kill("SIGKILL");
      if (!isEnded()) await once(child, "close");
      await rm(folder, { recursive: true });
    },
  };
}
