import { readdirSync, readFileSync } from "node:fs";

const source = new URL("../../src/", import.meta.url);

/** The files of the challenge page, by name, as they are in `src/pages/browser`. */
export function pageFiles(): Readonly<Record<string, string>> {
  const folder = new URL("pages/browser/", source);
  const names = readdirSync(folder).filter((name) => /\.(?:js|css|svg)$/.test(name));
  return Object.fromEntries(names.toSorted().map((name) => [name, readFileSync(new URL(name, folder), "utf8")]));
}

/** The style sheet of the console, as it is in `src/console`. */
export function consoleStyle(): string {
  return readFileSync(new URL("console/console.css", source), "utf8");
}
