import { unwatchFile, watchFile } from "node:fs";
import { readText } from "../lib/read-text.ts";

const WATCH_INTERVAL_MS = 250;

/** @throws CliError */
export function readPolicyFile(file: string): string {
  return readText(file, "--policy");
}

/** Calls back with the text after each change of the file, until it is stopped. */
export function watchPolicyFile(file: string, onChange: (text: string) => void): () => void {
  let last = readPolicyFile(file);
  const listener = (): void => {
    let text: string;
    try {
      text = readPolicyFile(file);
    } catch {
      // Between two steps of an editor's saving; it will be back.
      return;
    }
    // Empty: the moment before it is written.
    if (text === last || text === "") return;
    last = text;
    onChange(text);
  };
  // By looking, as editors replace files in ways that notifications lose.
  watchFile(file, { interval: WATCH_INTERVAL_MS, persistent: false }, listener);
  return () => unwatchFile(file, listener);
}
