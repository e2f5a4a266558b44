import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { appendFile, chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@require-action-test/support/free-port";

const VERSIONS = "/usr/lib/postgresql";
/** Where Debian has the newest server's programs. */
const programs = existsSync(VERSIONS)
  ? join(
      VERSIONS,
      readdirSync(VERSIONS)
        .toSorted((a, b) => Number(a) - Number(b))
        .at(-1)!,
      "bin",
    )
  : undefined;

/** Why tests that start servers of PostgreSQL are skipped. */
export const noPostgresServer: string | undefined = ((): string | undefined => {
  if (programs !== undefined && existsSync(join(programs, "initdb"))) return undefined;
  const reason = `there is no PostgreSQL below ${VERSIONS} to start`;
  if (process.env["REQUIRE_SERVICES"] === "1") throw new Error(reason);
  console.warn(`SKIPPED: ${reason}`);
  return reason;
})();

/** How a server of PostgreSQL ends: in order, by leaving everything as it is, or killed. */
export type PostgresEnd = "fast" | "immediate" | "SIGKILL";

/** A server of one's own. */
export interface PostgresServer {
  readonly url: string;
  /** Ends the server, and starts it again. Resolves once it takes connections. */
  restart(how: PostgresEnd): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free port of this machine. */
export async function startPostgres(): Promise<PostgresServer> {
  const root = await makeRoot();
  const folder = join(root, "data");
  const port = await freePort();
  await initialize(folder);
  await configure(folder, port);
  await start(folder);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async restart(how) {
      if (how === "SIGKILL") process.kill(pidOf(folder), how);
      else await asPostgres("pg_ctl", "-D", folder, "-m", how, "-w", "stop");
      const end = Date.now() + START_PATIENCE_MS;
      // What was killed leaves processes behind, which end a moment later.
      for (;;) {
        const failure: unknown = await start(folder).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failure === undefined) return;
        if (Date.now() > end) throw failure;
        await pass(50);
      }
    },
    async close() {
      await asPostgres("pg_ctl", "-D", folder, "-m", "immediate", "stop").catch(() => {});
      await rm(root, { recursive: true, force: true });
    },
  };
}

const START_PATIENCE_MS = 60_000;

/** A folder in which servers may have theirs. */
export async function makeRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "require-action-postgres-"));
  await chmod(root, 0o777);
  return root;
}

export async function initialize(folder: string): Promise<void> {
  await asPostgres("initdb", "-D", folder, "-A", "trust", "-U", "postgres", "--no-sync");
}

export async function configure(folder: string, port: number): Promise<void> {
  const settings = [
    `port=${port}`,
    "listen_addresses='127.0.0.1'",
    "unix_socket_directories=''",
    "shared_buffers=16MB",
  ];
  await appendFile(join(folder, "postgresql.conf"), `\n${settings.join("\n")}\n`);
}

export async function start(folder: string): Promise<void> {
  await asPostgres("pg_ctl", "-D", folder, "-l", `${folder}.log`, "-w", "start");
}

/** PostgreSQL refuses to run as root. */
export async function asPostgres(program: string, ...args: readonly string[]): Promise<void> {
  const path = join(programs!, program);
  const [command, given] =
    process.getuid?.() === 0 ? ["runuser", ["-u", "postgres", "--", path, ...args]] : [path, [...args]];
  // pg_ctl leaves servers behind that hold on to what they inherit.
  await promisify(execFile)("sh", ["-c", '"$0" "$@" >/dev/null 2>&1 </dev/null', command, ...given], { cwd: tmpdir() });
}

export function pidOf(folder: string): number {
  return Number(readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n")[0]);
}
