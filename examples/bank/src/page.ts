import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

/** A file of the bank's page, and the headers that it is served with. */
export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

// The popup of the browser SDK styles itself inline, and what it shows may be served from another port of this machine.
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' http://localhost:*; frame-src 'self' http://localhost:*; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const readers: ReadonlyMap<string, () => PageFile> = new Map([
  ["/", () => file("text/html; charset=utf-8", readFileSync(placeOf("index.html")))],
  ["/bank.css", () => file("text/css; charset=utf-8", readFileSync(placeOf("bank.css")))],
  ["/bank.js", () => file("text/javascript; charset=utf-8", bundleScript())],
]);
const files = new Map<string, PageFile>();

/** Where the files of the bank's page are. */
export const pagePaths: readonly string[] = [...readers.keys()];

/** The file at one of {@link pagePaths}. */
export function readPageFile(path: string): PageFile {
  const known = files.get(path) ?? readers.get(path)!();
  files.set(path, known);
  return known;
}

/** The page's script in one file, as any bundler makes it; here when it is first asked for, so that nobody has to build. */
function bundleScript(): Uint8Array {
  const { outputFiles } = buildSync({
    entryPoints: [placeOf("bank.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["@require-action/source"],
  });
  return outputFiles[0]!.contents;
}

function placeOf(name: string): string {
  return fileURLToPath(new URL(`../page/${name}`, import.meta.url));
}

function file(type: string, body: Uint8Array): PageFile {
  return {
    headers: {
      "content-type": type,
      "cache-control": "no-cache",
      "content-security-policy": CONTENT_SECURITY_POLICY,
      // A redirect from the challenge comes here with a token in the address.
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
    body: Buffer.from(body),
  };
}
