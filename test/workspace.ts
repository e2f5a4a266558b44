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

/** Files below a folder of the repository, with this ending, as paths from the root. */
export function filesBelow(folder: string, ending: string): readonly string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length))
    .filter((path) => !/(?:^|\/)(?:node_modules|dist|\.snippets|\.pages)\//.test(path));
}

/** A file's text. */
export function read(path: string): string {
  return readFileSync(root + path, "utf8");
}
