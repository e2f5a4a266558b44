import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const home = fileURLToPath(new URL("../../", import.meta.url));
const browserCode = join(home, "src/pages/browser");

describe("the page's code", () => {
  it("is checked by the compiler, though it is served as it is", () => {
    const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
    expect(() => execFileSync(process.execPath, [compiler, "-p", browserCode], { encoding: "utf8" })).not.toThrow();
  });

  it("is published, at the place where the built package looks for it", () => {
    const { files } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { files: string[] };
    expect(files).toEqual(expect.arrayContaining(["dist", "src"]));
    // As page-assets.ts has it, from dist/pages.
    expect(existsSync(new URL("../../src/pages/browser/main.js", new URL("dist/pages/", `file://${home}`)))).toBe(true);
  });

  it("writes no HTML, keeps nothing, and sends no message to whomever", () => {
    for (const name of readdirSync(browserCode).filter((file) => file.endsWith(".js"))) {
      const code = readFileSync(join(browserCode, name), "utf8");
      expect(code, name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|sessionStorage|cookie/,
      );
      expect(code, name).not.toMatch(/postMessage\([^)]*["']\*["']/);
      expect(code, name).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/);
    }
  });
});
