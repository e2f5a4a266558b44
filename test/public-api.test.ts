import { describe, expect, it } from "vitest";
import { packages, read } from "./workspace.ts";

/** The names that an index hands on, in its own order; `type` stands before what is only a type. */
function exportedNames(source: string): readonly string[] {
  return [...source.matchAll(/export (type )?\{([^}]*)\}/g)].flatMap(([, typeOnly = "", names = ""]) =>
    names
      .split(",")
      .map((name) => name.trim().replace(/^.* as /, ""))
      .filter((name) => name !== "")
      .map((name) => (name.startsWith("type ") ? name : `${typeOnly}${name}`)),
  );
}

const entries = packages.flatMap(({ name, folder, manifest }) =>
  Object.entries(manifest.exports).flatMap(([subpath, target]) => {
    const source = (target as { "@require-action/source"?: string })["@require-action/source"];
    return source?.endsWith(".ts")
      ? [{ entry: name + subpath.slice(1), file: `packages/${folder}/${source.slice(2)}` }]
      : [];
  }),
);

describe("the public API", () => {
  it.each(entries)("of $entry is the list that was agreed on", async ({ entry, file }) => {
    const names = exportedNames(read(file)).toSorted();
    await expect(`${names.join("\n")}\n`).toMatchFileSnapshot(
      `public-api/${entry.replace("@require-action/", "").replace("/", "-")}.txt`,
    );
  });

  it.each(entries)("of $entry is written by hand: no export * and no default export", ({ file }) => {
    expect(read(file)).not.toMatch(/export \*|export default/);
  });
});
