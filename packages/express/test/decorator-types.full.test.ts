import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { DECORATOR_KINDS } from "./decorator-compiled.ts";

const packageFolder = fileURLToPath(new URL("..", import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const flags = [
  ["--ignoreConfig", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck"],
  ["--target", "es2023", "--lib", "es2023,es2024.string", "--module", "nodenext", "--types", "node"],
  ["--allowImportingTsExtensions", "--customConditions", "@require-action/source"],
].flat();

/** The errors that TypeScript finds in the fixture, or in its own command line. */
function findTypeErrors(legacy: boolean): Promise<string[]> {
  const args = [tsc, ...flags, ...(legacy ? ["--experimentalDecorators"] : []), "test/decorator-controllers.ts"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: packageFolder }, (_error, stdout, stderr) => {
      const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
      // Other packages' sources have a check of their own.
      resolve(lines.filter((line) => !/^(\.\.|\s)/.test(line)));
    });
  });
}

describe("RequireAction's types", () => {
  it.each(DECORATOR_KINDS)("take handlers and refuse all else, as a %s decorator", async (kind) => {
    expect(await findTypeErrors(kind === "legacy")).toEqual([]);
  });
});
