import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import * as embeddedReviewer from "../../src/console/page/reviewer-script.ts";
import * as embeddedScript from "../../src/console/page/console-script.ts";
import * as embeddedConsole from "../../src/console/page/console-style.ts";
import * as embedded from "../../src/pages/page-files.ts";
import { consoleScript, consoleStyle, embeddedPage, reviewerScript } from "./embedded-files.ts";

const home = fileURLToPath(new URL("../../", import.meta.url));
const browserCode = join(home, "src/pages/browser");
const consoleCode = join(home, "src/console/browser");

describe("the page's code", () => {
  it("C5: is in modules too, as its sources make it, so that a bundle has it", async () => {
    expect({ ...embedded }, "npm run embed").toEqual(await embeddedPage());
    expect(embeddedConsole.consoleStyle, "npm run embed").toBe(consoleStyle());
    expect(embeddedReviewer.reviewerScript, "npm run embed").toBe(await reviewerScript());
    expect(embeddedScript.consoleScript, "npm run embed").toBe(await consoleScript());
  });

  it("writes no HTML, keeps nothing of anybody's, and sends no message to whomever", () => {
    const files = [browserCode, consoleCode].flatMap((folder) =>
      readdirSync(folder, { encoding: "utf8", recursive: true }).map((name) => join(folder, name)),
    );
    for (const name of files.filter((file) => file.endsWith(".js"))) {
      // The console keeps that a reviewer uses no keys, and nothing else.
      const code = readFileSync(name, "utf8").replaceAll(/localStorage\.\w+\(TURNED_OFF\b/g, "");
      expect(code, name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|localStorage|sessionStorage|cookie/,
      );
      expect(code, name).not.toMatch(/postMessage\([^)]*["']\*["']/);
      expect(code, name).not.toMatch(/https?:\/\/(?!www\.w3\.org\/)/);
    }
  });
});
