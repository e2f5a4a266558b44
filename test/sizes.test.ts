import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { packages, read, root } from "./workspace.ts";

/** What a README says of its package's size, gzipped. */
const STATED = /in at most (\d+(?:\.\d)?) kB gzipped beside the core/;

const sized = packages.flatMap(({ folder, name, manifest }) => {
  const [, stated] = STATED.exec(read(`packages/${folder}/README.md`)) ?? [];
  if (stated === undefined) return [];
  return Object.values(manifest.exports).map((entry) => ({
    name,
    entry: `packages/${folder}/${(entry as Readonly<Record<string, string>>)["@require-action/source"]}`,
    folder,
    most: Number(stated) * 1024,
  }));
});

it("packages around the guard state their size", () => {
  expect([...new Set(sized.map(({ folder }) => folder))]).toEqual(["ai", "fetch", "mcp", "parked"]);
});

describe.each(sized)("$entry", ({ entry, folder, most }) => {
  it("weighs what its README says, and brings nothing else along", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [root + entry],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      absWorkingDir: root,
      format: "esm",
      platform: "node",
      external: ["@require-action/*"],
    });
    expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThanOrEqual(most);
    expect(Object.keys(metafile.inputs).filter((input) => !input.startsWith(`packages/${folder}/src/`))).toEqual([]);
  });
});
