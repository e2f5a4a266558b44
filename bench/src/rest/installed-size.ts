import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

/** What comes along when a package is installed, beside packages of ours. */
export interface Installed {
  /** Third-party packages that it names itself. */
  readonly direct: number;
  /** Third-party packages in all. */
  readonly packages: number;
  readonly bytes: number;
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Adds up the runtime dependencies of a package's folder, as they are installed here. Peers are the application's own. */
export function installedSize(folder: string): Installed {
  const seen = new Map<string, number>();
  const visit = (place: string): void => {
    for (const name of dependenciesOf(place)) {
      const found = realpathSync(locate(place, name));
      if (seen.has(found)) continue;
      seen.set(found, isOurs(name) ? 0 : sizeOf(found));
      visit(found);
    }
  };
  const start = realpathSync(folder);
  visit(start);
  const sizes = [...seen.values()].filter((bytes) => bytes > 0);
  return {
    direct: dependenciesOf(start).filter((name) => !isOurs(name)).length,
    packages: sizes.length,
    bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
  };
}

function isOurs(name: string): boolean {
  return name.startsWith("@require-action/");
}

function dependenciesOf(folder: string): readonly string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  return Object.keys(dependencies);
}

/** As Node looks for packages: in `node_modules` of each folder upwards. */
function locate(from: string, name: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (statSync(join(candidate, "package.json"), { throwIfNoEntry: false })) return candidate;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed for ${from}`);
  }
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules") continue;
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? sizeOf(path) : statSync(path).size;
  }
  return bytes;
}
