import { readFile } from "node:fs/promises";
import { transform } from "esbuild";

/** What a decorator can be compiled to. */
export const DECORATOR_KINDS = ["TC39", "legacy"] as const;

/** Compiles a fixture, which imports types only, and imports it. */
export async function importCompiled<Module>(fixture: URL, kind: (typeof DECORATOR_KINDS)[number]): Promise<Module> {
  const { code } = await transform(await readFile(fixture, "utf8"), {
    loader: "ts",
    target: "node20",
    tsconfigRaw: {
      compilerOptions: { experimentalDecorators: kind === "legacy", useDefineForClassFields: kind === "TC39" },
    },
  });
  return import(`data:text/javascript,${encodeURIComponent(code)}`) as Promise<Module>;
}
