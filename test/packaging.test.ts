import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packages, root } from "./workspace.ts";

const run = promisify(execFile);

/** What an application brings itself. */
const PEERS = [
  "express@5",
  "koa@3",
  "vitest@4",
  "fastify@5",
  "hono@4",
  "redis@6",
  "@opentelemetry/api@1",
  "@nestjs/common@11",
  "@nestjs/core@11",
  "reflect-metadata@0.2",
  "rxjs@7",
  "react@19",
];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "require-action-packaging-"));
  await run("npx", ["tsc", "-b"], { cwd: root });
  for (const { folder: name } of packages) {
    await run("npx", ["--yes", await pnpm(), "pack", "--pack-destination", folder], { cwd: `${root}packages/${name}` });
  }
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "commonjs" }));
  const tarballs = (await readdir(folder)).filter((file) => file.endsWith(".tgz")).map((file) => `./${file}`);
  await run(
    "npm",
    ["install", "--prefer-offline", "--no-audit", "--no-fund", "--legacy-peer-deps", ...PEERS, ...tarballs],
    { cwd: folder },
  );
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function pnpm(): Promise<string> {
  return JSON.parse(await readFile(`${root}package.json`, "utf8")).packageManager;
}

const entries = packages.flatMap(({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((subpath) => !subpath.endsWith(".json"))
    // The suites load vitest, which runs in its own runner only.
    .filter((subpath) => subpath !== "./conformance")
    .map((subpath) => ({ entry: name + subpath.slice(1) })),
);

describe("the packed packages, installed in an empty folder", () => {
  it.each(entries)("$entry can be imported", async ({ entry }) => {
    const { stdout } = await run(
      process.execPath,
      ["--input-type=module", "-e", `console.log(Object.keys(await import(${JSON.stringify(entry)})).length)`],
      { cwd: folder },
    );
    expect(Number(stdout)).toBeGreaterThan(0);
  });

  it.each(entries)("$entry can be required", async ({ entry }) => {
    const { stdout } = await run(
      process.execPath,
      ["-e", `console.log(Object.keys(require(${JSON.stringify(entry)})).length)`],
      {
        cwd: folder,
      },
    );
    expect(Number(stdout)).toBeGreaterThan(0);
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

  it.each(packages)("$name ships built code and source, and no build state or tests", async ({ name }) => {
    const files = await readdir(join(folder, "node_modules", name), { recursive: true });
    expect(files).toContain("dist/index.js");
    expect(files).toContain("dist/index.d.ts");
    expect(files).toContain("README.md");
    expect(files.filter((file) => /tsbuildinfo|\.test\.|^test\//.test(file))).toEqual([]);
  });
});
