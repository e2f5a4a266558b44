import { createHash } from "node:crypto";
import { pageFiles } from "./page-files.ts";

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

const types: ReadonlyMap<string, string> = new Map([
  ["js", "text/javascript; charset=utf-8"],
  ["css", "text/css; charset=utf-8"],
  ["svg", "image/svg+xml"],
]);

/**
 * Makes assets of the page's files: plain JavaScript and CSS, served as they are in `browser/`, so that the code which runs
 * in the browser is the code that was reviewed.
 */
export function createPageAssets(): PageAssets {
  const files = new Map<string, PageAsset>();
  const hash = createHash("sha256");
  for (const [name, text] of Object.entries(pageFiles)) {
    files.set(name, { name, type: types.get(name.slice(name.lastIndexOf(".") + 1)) ?? "text/plain", text });
    hash.update(`${name}\0${text}\0`);
  }
  return { version: hash.digest("base64url").slice(0, 16), files };
}
