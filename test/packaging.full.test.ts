import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocks } from "./markdown.ts";
import { packedRuns } from "./packed-runs.ts";
import { paste } from "./paste.ts";
import { packages, read, root } from "./workspace.ts";

const run = promisify(execFile);

/** What an application brings itself. */
const PEERS = [
  "express@5",
  "koa@3",
  "@koa/router@15",
  "@koa/bodyparser@6",
  "vitest@4",
  "fastify@5",
  "hono@4",
  "ai@6",
  "@modelcontextprotocol/server@2",
  "@hono/node-server@2",
  "h3@2",
  "openid-client@6",
  "web-push@3",
  "redis@6",
  "@opentelemetry/api@1",
  "@nestjs/common@11",
  "@nestjs/core@11",
  "reflect-metadata@0.2",
  "rxjs@7",
  "react@19",
];

/** What an application tests its routes with. */
const TEST_TOOLS = [
  "@nestjs/platform-express@11",
  "@nestjs/testing@11",
  "@swc/core@1",
  "@swc/jest@0.2",
  "@types/express@5",
  "@types/jest@30",
  "@types/koa@3",
  "@types/node@20",
  "@types/supertest@7",
  "esbuild@0.28",
  "jest@30",
  "supertest@7",
  "ts-jest@29",
  "typescript@5.9",
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "require-action-packaging-"));
  await run(process.execPath, ["scripts/build.mjs"], { cwd: root });
  // Each package's script would build them all again.
  const pack = ["--filter", "./packages/*", "pack", "--pack-destination", folder, "--config.ignore-scripts=true"];
  await run("npx", ["--yes", await pnpm(), ...pack], { cwd: root });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "commonjs" }));
  const tarballs = (await readdir(folder)).filter((file) => file.endsWith(".tgz")).map((file) => `./${file}`);
  await run(
    "npm",
    [
      "install",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--legacy-peer-deps",
      ...PEERS,
      ...TEST_TOOLS,
      ...tarballs,
    ],
    { cwd: folder },
  );
}, 600_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function pnpm(): Promise<string> {
  return JSON.parse(await readFile(`${root}package.json`, "utf8")).packageManager;
}

const entries = packages.flatMap(({ name, folder, manifest }) =>
  Object.entries(manifest.exports)
    .filter(([subpath]) => !subpath.endsWith(".json"))
    .map(([subpath, target]) => {
      const { "@require-action/source": source = "" } = target as { readonly "@require-action/source"?: string };
      // Entries of types alone are empty at run time.
      return {
        entry: name + subpath.slice(1),
        hasValues: /^export (?:\{|(?:async )?function|const|class)/m.test(read(`packages/${folder}/${source}`)),
      };
    }),
);

describe("the packed packages, installed in an empty folder", () => {
  it.each(entries)("$entry can be imported", async ({ entry, hasValues }) => {
    const { stdout } = await run(
      process.execPath,
      ["--input-type=module", "-e", `console.log(Object.keys(await import(${JSON.stringify(entry)})).length)`],
      { cwd: folder },
    );
    expect(Number(stdout) > 0).toBe(hasValues);
  });

  it.each(entries)("$entry can be required, and is what is imported", async ({ entry, hasValues }) => {
    const id = JSON.stringify(entry);
    const script = `
      const required = require(${id});
      import(${id}).then((imported) => {
        const names = Object.keys(imported);
        console.log(names.length, names.every((name) => imported[name] === required[name]));
      });
    `;
    const { stdout } = await run(process.execPath, ["-e", script], { cwd: folder });
    const [count, same] = stdout.trim().split(" ");
    expect({ hasValues: Number(count) > 0, same }).toEqual({ hasValues, same: "true" });
  });

  it("bring the command require-action", async () => {
    const { stdout } = await run("npx", ["--no-install", "require-action", "serve", "--help"], { cwd: folder });
    expect(stdout).toContain("Usage: require-action serve");
  });

  it("list the routes of an application that uses them", async () => {
    const app = `
      import { createRequireAction } from "@require-action/express";
      import express from "express";
      const never = async () => undefined;
      const provider = { name: "none", track: never, validateChallenge: never, getAction: never };
      const guard = createRequireAction({ provider, ledger: { claim: never, release: never }, sealSecrets: ["s".repeat(32)] });
      export const app = express();
      app.use("/payments", express.Router().post("/:id", guard("pay"), () => {}));
    `;
    await writeFile(join(folder, "app.mjs"), app);
    const { stdout } = await run(
      "npx",
      ["--no-install", "require-action", "routes", "app.mjs", "--require", "--json"],
      {
        cwd: folder,
      },
    );
    expect(JSON.parse(stdout)).toMatchObject([{ method: "POST", path: "/payments/:id", guards: [{ action: "pay" }] }]);
  });

  it.each([
    "README.md",
    ...["express", "koa", "fastify", "hono", "fetch"].map((name) => `docs/getting-started/${name}.md`),
  ])("run the application of %s as it is pasted", async (document) => {
    const { folder: pasted, port } = await paste(document, folder);
    await challenges(join(pasted, "app.mjs"), port);
  });

  it.each(["express", "koa", "fastify", "hono", "fetch", "nestjs"].map((name) => `docs/getting-started/${name}.md`))(
    "have types that %s can check as it says",
    async (document) => {
      const { folder: pasted } = await paste(document, folder);
      if (existsSync(join(pasted, "app.mjs"))) await cp(join(pasted, "app.mjs"), join(pasted, "app.mts"));
      const { code } = blocks(document).find(({ step }) => step === "typescript")!;
      const [check = ""] = code.match(/^npx tsc .*$/m)!;
      const { stdout } = await run("bash", ["-c", `${check} || true`], { cwd: pasted });
      expect(stdout).toBe("");
    },
  );

  it("run from the bundle that the recipe makes", async () => {
    const { folder: pasted, port } = await paste("docs/getting-started/express.md", folder);
    const { code } = blocks("docs/recipes.md").find(({ step }) => step === "bundle")!;
    await run("bash", ["-euc", code], { cwd: pasted });
    await challenges(join(pasted, "bundle.mjs"), port);
  });

  it("say what is to be installed for a database", async () => {
    const migrate = (store: string): Promise<unknown> =>
      run("npx", ["--no-install", "require-action", "migrate", "--store", store], { cwd: folder }).catch(
        (failure: unknown) => failure,
      );
    expect(await migrate("postgres://localhost/bank")).toMatchObject({
      code: 2,
      stderr: "--store postgres: needs the pg package. Run npm install pg.\n",
    });
    // Newer versions of Node bring one.
    if (!process.versions.node.startsWith("20.")) return;
    expect(await migrate("sqlite:bank.db")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Run npm install better-sqlite3@12."),
    });
  });

  it.each(packages)("$name ships built code and source, and no build state or tests", async ({ name, manifest }) => {
    const files = await readdir(join(folder, "node_modules", name), { recursive: true });
    if ("." in manifest.exports) {
      expect(files).toContain("dist/index.js");
      expect(files).toContain("dist/index.d.ts");
    }
    expect(files).toContain("README.md");
    expect(files.filter((file) => /tsbuildinfo|\.test\.|^test\//.test(file))).toEqual([]);
  });

  it.each(packages)("the maps of $name lead to sources that it ships", async ({ name }) => {
    const home = join(folder, "node_modules", name);
    const maps = (await readdir(home, { recursive: true })).filter((file) => file.endsWith(".map"));
    const sources = await Promise.all(
      maps.map(async (map) => {
        const { sources } = JSON.parse(await readFile(join(home, map), "utf8")) as { readonly sources: string[] };
        return sources.map((source) => join(home, dirname(map), source));
      }),
    );
    expect(maps.some((map) => map.endsWith(".d.ts.map")) && maps.some((map) => map.endsWith(".js.map"))).toBe(true);
    const isShipped = (source: string): boolean => source.startsWith(join(home, "src/")) && existsSync(source);
    expect(sources.flat().filter((source) => !isShipped(source))).toEqual([]);
  });

  it("name their sources in a stack trace", async () => {
    const script = `
      import { createRequireAction } from "@require-action/express";
      try { createRequireAction({}); } catch (error) { console.log(error.stack); }
    `;
    const flags = ["--enable-source-maps", "--input-type=module"];
    const { stdout } = await run(process.execPath, [...flags, "-e", script], { cwd: folder });
    expect(stdout).toMatch(/@require-action\/express\/src\/require-action\.ts:\d+/);
    expect(stdout).not.toContain("/dist/");
  });
});

describe("a test of a guarded route, with the packed packages", () => {
  it.each(packedRuns)(
    "passes in $name",
    async ({ project, type, commands }) => {
      const copy = await mkdtemp(join(folder, `${project}-`));
      await cp(`${root}test/packed/${project}`, copy, { recursive: true });
      await writeFile(join(copy, "package.json"), JSON.stringify({ name: project, private: true, type }));
      for (const [command = "", ...args] of commands) {
        const { code, stdout, stderr } = await run(command, args, { cwd: copy, env: plainEnvironment() }).then(
          (output) => ({ code: 0, ...output }),
          (failure: { readonly code: number; readonly stdout: string; readonly stderr: string }) => failure,
        );
        expect({ code, output: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, output: "" });
      }
    },
    300_000,
  );
});

/** Without what this runner tells its own processes. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const own = /^(?:VITEST|NODE_TEST_CONTEXT|NODE_OPTIONS|TEST|NODE_ENV)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** Starts an application that was pasted, and has it ask for a challenge. */
async function challenges(file: string, port: number): Promise<void> {
  const secrets = ["ENGINE_SECRET", "SEAL_SECRET", "API_SECRET"].map((name) => [
    name,
    `${name}-of-the-pasted-application-32-bytes-or-more`,
  ]);
  const env = { ...process.env, ...Object.fromEntries(secrets) };
  const child = spawn(process.execPath, [file], { cwd: dirname(file), env, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const withdraw = async (): Promise<unknown> => {
    const headers = { "content-type": "application/json", "x-user": "alice" };
    const body = JSON.stringify({ amount: "250.00", payee: "DE02120300000000202051" });
    const reply = await fetch(`http://localhost:${port}/withdrawals`, { method: "POST", headers, body });
    return { status: reply.status, ...((await reply.json()) as object) };
  };
  try {
    await expect
      .poll(() => withdraw().catch(() => `not listening yet: ${said}`), { timeout: 30_000 })
      .toMatchObject({ status: 403, code: "challenge_required" });
  } finally {
    child.kill();
  }
}
