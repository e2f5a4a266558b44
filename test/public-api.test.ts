import { describe, expect, it } from "vitest";
import { packages, read } from "./workspace.ts";

// The declarations themselves are pinned in `api/`, by `npm run lint`.

const entries = packages.flatMap(({ name, folder, manifest }) =>
  Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    const source = (target as { "@require-action/source"?: string })["@require-action/source"];
    return source?.endsWith(".ts")
      ? [{ entry: name + subpath.slice(1), file: `packages/${folder}/${source.slice(2)}` }]
      : [];
  }),
);

const MOST_NAMES = 40;

/** The names that an entry exports, types included. */
function namesOf(source: string): readonly string[] {
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].map(([, names = ""]) => names);
  return lists.flatMap((names) => names.split(",")).filter((name) => name.trim() !== "");
}

describe("the public API", () => {
  it.each(entries)("of $entry has at most 40 names", ({ file }) => {
    expect(namesOf(read(file)).length).toBeLessThanOrEqual(MOST_NAMES);
  });

  it.each(packages)("C6: of $name is found by compilers and tools that do not read exports", ({ manifest }) => {
    const {
      main,
      types,
      typesVersions = { "*": {} },
    } = manifest as { main?: string; types?: string; typesVersions?: object };
    const { ".": root, ...subpaths } = manifest.exports as Record<string, { types?: string; default?: string }>;
    expect([main, types]).toEqual([root?.default, root?.types]);
    const declared = Object.entries(subpaths).filter(([, target]) => target.types !== undefined);
    const versions = Object.fromEntries(declared.map(([path, target]) => [path.slice(2), [target.types]]));
    expect(typesVersions).toEqual({ "*": versions });
  });

  it.each(entries)("of $entry is written by hand: no export * and no default export", ({ file }) => {
    expect(read(file)).not.toMatch(/export \*|export default/);
  });
});
