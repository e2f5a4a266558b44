import { build, type Format } from "esbuild";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const home = fileURLToPath(new URL("..", import.meta.url));

/** An application that serves everything, and says where. */
const application = `
import { createServer as createHttpServer } from "node:http";
import { createEngine } from "@require-action/engine";
import { createServer, hashPassword, toNodeHandler } from "@require-action/server";

async function main() {
  const engine = createEngine({
    policy: { actions: { "withdraw-funds": { defaultOutcome: "CHALLENGE" } } },
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "http://localhost/",
  });
  const reviewers = [{ id: "rita", passwordHash: await hashPassword("a long password for tests") }];
  const server = createServer(engine, { apiSecrets: ["a-server-api-secret"], tenantId: "bank", console: { reviewers } });
  const http = createHttpServer(toNodeHandler(server)).listen(0, "127.0.0.1", () => console.log(http.address().port));
}
void main();
`;

/** Packages in CommonJS require modules of Node, which esbuild does not translate: its documentation has this for it. */
const withRequire = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

describe.each<readonly [Format, name: string, banner: string]>([
  ["cjs", "app.cjs", ""],
  ["esm", "app.mjs", withRequire],
])("C5: an application bundled as %s", (format, name, banner) => {
  let folder: string;
  let child: ReturnType<typeof spawn>;
  let origin: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "require-action-bundle-"));
    await promisify(execFile)(process.execPath, ["../../scripts/build.mjs"], { cwd: home });
    const outfile = join(folder, name);
    await build({
      stdin: { contents: application, resolveDir: home },
      banner: { js: banner },
      outfile,
      format,
      bundle: true,
      platform: "node",
      target: "node20",
      logLevel: "error",
    });
    child = spawn(process.execPath, [outfile], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const [port] = await Promise.race([
      once(createInterface({ input: child.stdout! }), "line"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`The application ended with ${code}.`))),
    ]);
    origin = `http://127.0.0.1:${port}`;
  });

  afterAll(async () => {
    child?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it("is one file, which names no other by its own place", async () => {
    expect(await readdir(folder)).toEqual([name]);
    expect((await readFile(join(folder, name), "utf8")).slice(banner.length)).not.toMatch(/import_?\.?meta\d*\.url/);
  });

  it("serves the challenge page with its files", async () => {
    const page = await (await fetch(`${origin}/challenge`)).text();
    const files = [...page.matchAll(/(?:href|src)="(challenge\/assets\/[^"]+)"/g)].map(([, path]) => path);
    expect(files).toHaveLength(1);
    for (const path of files) {
      const response = await fetch(`${origin}/${path}`);
      expect(response.status, path).toBe(200);
      expect(await response.text(), path).not.toBe("");
    }
  });

  it("serves the console with its style", async () => {
    const response = await fetch(`${origin}/console/sign-in`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("color-scheme");
  });
});
