import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { actionErrorCatalog } from "../src/index.ts";
import { bundle, sourceText } from "./bundle.ts";

const LIMIT_BYTES = 4_710;

const fetchAndWait = "ActionError, createActionFetch, waitForReview";
const bundles: readonly [name: string, names: string][] = [
  ["alone", fetchAndWait],
  ["with a UI of the application's own", `${fetchAndWait}, headless`],
  ["with the official SDK, whose own weight does not count", `${fetchAndWait}, authsignalLaunch`],
  ["for a challenge on a screen of one's own, by itself", "createChallenge"],
  ["with the redirect", `${fetchAndWait}, redirect, resumeRedirect`],
];

describe("in a browser", () => {
  for (const [name, names] of bundles) {
    it(`the client ${name} weighs at most 4.6 kB, and brings nothing along`, async () => {
      const { code, inputs } = await bundle(sourceText(`export { ${names} } from "../src/index.ts"`));
      expect(gzipSync(code).length).toBeLessThanOrEqual(LIMIT_BYTES);
      expect(inputs.filter((input) => !input.startsWith("packages/client/src/"))).toEqual([]);
    });
  }

  it("the hook brings nothing along but React", async () => {
    const { inputs } = await bundle(sourceText('export * from "../src/react.ts"'));
    const foreign = inputs.filter((input) => !/^packages\/client\/src\/|\/node_modules\/react\//.test(input));
    expect(foreign).toEqual([]);
  });
});

describe("the README", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

  it("explains every error", () => {
    const explained = [...readme.matchAll(/^\| `(\w+)`/gm)].map(([, code]) => code);
    expect(explained).toEqual(Object.keys(actionErrorCatalog));
  });

  it("shows the recipes that compile, and no other code", () => {
    const folder = new URL("recipes/", import.meta.url);
    const recipes = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), "utf8"));
    const shown = [...readme.matchAll(/^```tsx?\n(.*?)^```/gms)].map(([, code]) => code);
    expect(new Set(shown)).toEqual(new Set(recipes));
  });
});
