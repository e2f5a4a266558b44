import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A file of the bank's page, and the headers that it is served with. */
export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const publicFolder = new URL("../public/", import.meta.url);
// The popup of the browser SDK styles itself inline, and what it shows may be served from another port of this machine.
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-src 'self' http://localhost:*; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const files: ReadonlyMap<string, PageFile> = new Map([
  ["/", file("index.html", "text/html; charset=utf-8")],
  ["/bank.js", file("bank.js", "text/javascript")],
  ["/bank.css", file("bank.css", "text/css")],
  ["/authsignal.js", file(createRequire(import.meta.url).resolve("@authsignal/browser"), "text/javascript")],
]);

/** The bank's page: the file at a path, if there is one. */
export function findPageFile(path: string): PageFile | undefined {
  return files.get(path);
}

function file(path: string, type: string): PageFile {
  return {
    headers: {
      "content-type": type,
      "cache-control": "no-cache",
      "content-security-policy": CONTENT_SECURITY_POLICY,
      "x-content-type-options": "nosniff",
    },
    body: readFileSync(path.startsWith("/") ? path : new URL(path, publicFolder)),
  };
}
