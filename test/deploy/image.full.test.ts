import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "@require-action-test/support/free-port";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { noRedisServer, startRedis } from "../../packages/redis/test/redis-servers.ts";
import { filesBelow, read, root } from "../workspace.ts";
import { buildStages, readStages, type Stage } from "./image-steps.ts";

const run = promisify(execFile);
const stages = readStages(read("deploy/Dockerfile"));
const stageNamed = (name: string): Stage => stages.find((stage) => stage.name === name)!;
const isRoot = process.getuid?.() === 0;

let folder: string;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "require-action-image-"));
  chmodSync(folder, 0o755);
  await buildStages(stages, folder, copyContext);
}, 600_000);
afterEach(() => {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What a build is given: all that git knows, or would. */
async function copyContext(target: string): Promise<void> {
  const { stdout } = await run("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    maxBuffer: 10_000_000,
  });
  for (const file of stdout.split("\0")) {
    if (file === "" || !existsSync(root + file)) continue;
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(root + file, join(target, file));
  }
}

type Environment = Readonly<Record<string, string>>;

/** How a process of an image's is started here: with its variables and no others, and as its user where that can be. */
function asImage({ name, user, workdir, environment }: Stage, given: Environment): object {
  const [uid, gid] = (user ?? "").split(":").map(Number);
  return {
    cwd: join(folder, name, workdir),
    env: { PATH: process.env["PATH"], ...environment, ...given },
    ...(isRoot ? { uid, gid } : {}),
  };
}

interface Started {
  readonly child: ChildProcess;
  output(): string;
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
}

function start(stage: Stage, command: readonly string[], given: Environment): Started {
  const [, ...args] = [...stage.entrypoint, ...command];
  const child = spawn(process.execPath, args, { stdio: "pipe", ...asImage(stage, given) });
  processes.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (output += String(data)));
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { child, output: () => output, ended };
}

async function isHealthy(stage: Stage, url: string): Promise<boolean> {
  const [, ...args] = stage.healthcheck;
  return run(process.execPath, args, asImage(stage, { HEALTH_URL: url })).then(
    () => true,
    () => false,
  );
}

const secrets = {
  REQUIRE_ACTION_API_SECRET: "a-server-api-secret",
  REQUIRE_ACTION_ENGINE_SECRET: "e".repeat(32),
};

describe("the image of require-action serve", () => {
  const stage = stageNamed("server");

  it("has no developer's packages in it", () => {
    const packages = readFileSync(join(folder, "server/app/package.json"), "utf8");
    expect(JSON.parse(packages)).toMatchObject({ name: "@require-action-deploy/server" });
    for (const name of ["typescript", "vitest", "fastify"]) {
      expect(existsSync(join(folder, "server/app/node_modules/.pnpm", name))).toBe(false);
    }
    expect(filesBelow("deploy/server", ".mjs")).toEqual(["deploy/server/healthcheck.mjs"]);
  });

  it("is healthy while it serves, and stops at SIGTERM", async () => {
    const [port, adminPort] = [await freePort(), await freePort()];
    // The image's own command, but for what is a volume or a database there.
    const command = stage.command.map((argument) => {
      if (argument === "4101") return String(adminPort);
      if (argument === "/etc/require-action/policy.json") return `${folder}/build/source/examples/policy.json`;
      return argument === "env:DATABASE_URL" ? "memory" : argument;
    });
    const url = `http://127.0.0.1:${port}/healthz`;
    expect(await isHealthy(stage, url)).toBe(false);
    const { child, output, ended } = start(stage, [...command, "--port", String(port)], secrets);
    await expect.poll(() => isHealthy(stage, url), { timeout: 60_000, interval: 300 }).toBe(true);
    expect(output()).toContain("Server API and console are at http://localhost:");
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    expect(await isHealthy(stage, url)).toBe(false);
  });

  it("does not start without its secrets", async () => {
    const { output, ended } = start(stage, stage.command, {});
    expect(await ended).toBe(2);
    expect(output()).toContain("REQUIRE_ACTION_API_SECRET");
  });

  it.runIf(isRoot)("cannot change its own files", async () => {
    const attempt = run("touch", ["package.json"], asImage(stage, {}));
    await expect(attempt).rejects.toThrow("Permission denied");
  });
});

describe("the image of the application", () => {
  const stage = stageNamed("app");

  it("says which of its settings is missing", async () => {
    const { output, ended } = start(stage, stage.command, {});
    expect(await ended).toBe(1);
    expect(output()).toContain("REDIS_URL is not set.");
  });

  it.skipIf(noRedisServer)("has a withdrawal decided by the image of the server, and stops at SIGTERM", async () => {
    const server = stageNamed("server");
    const [port, adminPort, appPort] = [await freePort(), await freePort(), await freePort()];
    const policy = `${folder}/build/source/examples/policy.json`;
    const ports = ["--port", String(port), "--admin-port", String(adminPort)];
    start(server, ["serve", "--policy", policy, "--store", "memory", ...ports], secrets);
    const redis = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    const app = start(stage, stage.command, {
      PORT: String(appPort),
      REDIS_URL: redis.url,
      SEAL_SECRETS: "s".repeat(32),
      REQUIRE_ACTION_API_SECRET: secrets.REQUIRE_ACTION_API_SECRET,
      REQUIRE_ACTION_API_URL: `http://127.0.0.1:${adminPort}/v1`,
    });
    const origin = `http://127.0.0.1:${appPort}`;
    await expect.poll(() => isHealthy(stage, `${origin}/healthz`), { timeout: 60_000, interval: 300 }).toBe(true);
    await expect.poll(() => isHealthy(server, `http://127.0.0.1:${port}/healthz`), { timeout: 60_000 }).toBe(true);
    const response = await fetch(`${origin}/withdrawals`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-demo-user": "alice" },
      body: JSON.stringify({ amount: "50", currency: "EUR", payee: "DE89370400440532013000" }),
    });
    expect([response.status, ((await response.json()) as { readonly code: string }).code]).toEqual([
      403,
      "enrollment_required",
    ]);
    app.child.kill("SIGTERM");
    expect(await app.ended).toBe(0);
    await redis.close();
  });
});
