import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's root, with a slash at its end. */
export const root: string = fileURLToPath(new URL("..", import.meta.url));

/** A published package, as its folder has it. */
export interface WorkspacePackage {
  readonly folder: string;
  readonly name: string;
  readonly manifest: {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
    readonly exports: Readonly<Record<string, unknown>>;
  };
}

/** Every package that is published. */
export const packages: readonly WorkspacePackage[] = readdirSync(`${root}packages`).map((folder) => {
  const manifest = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8"));
  return { folder, name: manifest.name, manifest };
});

/** Folders that hold no sources; those of dependencies lead anywhere. */
const PASSED_OVER = new Set(["node_modules", "dist", ".snippets", ".pages"]);

/** Files below a folder of the repository, with this ending, as paths from the root. */
export function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return PASSED_OVER.has(entry.name) ? [] : filesBelow(path, ending);
    return entry.isFile() && entry.name.endsWith(ending) ? [path] : [];
  });
}

/** A file's text. */
export function read(path: string): string {
  return readFileSync(root + path, "utf8");
}
