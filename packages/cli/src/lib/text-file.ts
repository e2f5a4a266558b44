import { readFileSync } from "node:fs";

/**
 * Reads a text as the mark at its beginning says, without the mark: UTF-8 where there is none. Windows PowerShell writes what
 * it redirects in UTF-16, and editors on Windows put a mark before UTF-8.
 * @throws Error with the `code` of the file system; TypeError where it is something else, which is not read as other letters
 */
export function readTextFile(file: string): string {
  const bytes = readFileSync(file);
  const mark = bytes.subarray(0, 2).toString("hex");
  const encoding = mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}
