import { fileURLToPath } from "node:url";
import { build, type BuildOptions } from "esbuild";

export interface Bundle {
  readonly code: string;
  /** The files in it, from the root of the repository. */
  readonly inputs: readonly string[];
}

const root = fileURLToPath(new URL("../../..", import.meta.url));
const resolveDir = fileURLToPath(new URL(".", import.meta.url));

/** Bundles browser code from its source, as an application would. Node's modules do not resolve. */
export async function bundle(source: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
    ...source,
  });
  const inputs = Object.keys(metafile?.inputs ?? {}).filter((input) => input !== "<stdin>");
  return { code: outputFiles?.[0]?.text ?? "", inputs };
}

/** An entry that is written in the test. */
export function sourceText(contents: string): BuildOptions {
  return { stdin: { contents, resolveDir } };
}

/** A page of `test/pages`, with React as developers have it: only there is strict mode strict. */
export function sourcePage(file: string): BuildOptions {
  const define = { "process.env.NODE_ENV": '"development"' };
  return { define, entryPoints: [fileURLToPath(new URL(`pages/${file}`, import.meta.url))] };
}
