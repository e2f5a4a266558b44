import { existsSync, statSync } from "node:fs";
import { root } from "./workspace.ts";

/** A file by its ending, or a folder by the slash at its end: not a media type, nor a path of a request. */
const PATH = /^[\w.@-]+(?:\/[\w.@-]+)*(?:\.(?:ts|tsx|mjs|md|json|yaml|css)|\/)$/;

/** The files and folders that a document names as inline code, as paths from the root of the repository. */
export function namedPaths(text: string): readonly string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return Array.from(prose.matchAll(/`([^`\n]+)`/g), ([, code = ""]) => code).filter((code) => PATH.test(code));
}

/** Those among them that do not exist, or are a file where a folder is named. */
export function missingPaths(text: string): readonly string[] {
  return namedPaths(text).filter((path) => {
    const full = root + path;
    return !existsSync(full) || path.endsWith("/") !== statSync(full).isDirectory();
  });
}
