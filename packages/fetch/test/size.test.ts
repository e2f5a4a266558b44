import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, it } from "vitest";
import manifest from "../package.json" with { type: "json" };

/** As the README states it. */
const LIMIT_BYTES = 3_072;

it.each(Object.values(manifest.exports).map((entry) => entry["@require-action/source"]))(
  "%s weighs at most 3 kB beside the core, and brings nothing else along",
  async (entry) => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(new URL(`../${entry}`, import.meta.url))],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "node",
      external: ["@require-action/*"],
    });
    expect(gzipSync(outputFiles[0]!.contents).length).toBeLessThanOrEqual(LIMIT_BYTES);
    expect(Object.keys(metafile.inputs).filter((input) => !input.includes("packages/fetch/src/"))).toEqual([]);
  },
);
