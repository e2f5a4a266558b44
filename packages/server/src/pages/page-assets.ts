import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** A file that the page loads. */
interface PageAsset {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** The page's files, and a version that changes with them, so that they can be cached for good. */
export interface PageAssets {
  readonly version: string;
  readonly files: ReadonlyMap<string, PageAsset>;
}

/**
 * Plain JavaScript and CSS, served as they are: what runs in the browser is what was reviewed. They are published with
 * the source, which is as far away from `dist/pages` as from here.
 */
const directory = new URL("../../src/pages/browser/", import.meta.url);

const types: ReadonlyMap<string, string> = new Map([
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["svg", "image/svg+xml"],
]);

/** Reads the page's files. */
export function readPageAssets(): PageAssets {
  const files = new Map<string, PageAsset>();
  const hash = createHash("sha256");
  for (const name of readdirSync(directory).sort()) {
    const type = types.get(name.slice(name.lastIndexOf(".") + 1));
    if (type === undefined) continue;
    const text = readFileSync(new URL(name, directory), "utf8");
    files.set(name, { name, type, text });
    hash.update(`${name}\0${text}\0`);
  }
  return { version: hash.digest("base64url").slice(0, 16), files };
}
