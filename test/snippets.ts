import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { examples } from "./examples.ts";
import { blocks, documents } from "./markdown.ts";
import { root } from "./workspace.ts";

const run = promisify(execFile);
const folder = `${root}test/.snippets`;
const compiler = `${root}node_modules/typescript/bin/tsc`;

/** Code in a document or in a doc comment, and the file that it becomes. */
export interface Snippet {
  readonly place: string;
  readonly file: string;
  readonly source: string;
  readonly runsIn: "node" | "browser" | "reader";
}

/**
 * Every `ts` or `tsx` block of every document, JavaScript that readers paste (as TypeScript, which it is to some of them), and
 * every example of every doc comment.
 */
export const snippets: readonly Snippet[] = [
  ...documents
    .flatMap(blocks)
    // What shows a file is compiled there.
    .filter(({ language, shows, pastes }) => (/^tsx?$/.test(language) ? shows === undefined : isApplication(pastes)))
    .map(({ document, line, language, preamble, code, pastes }) =>
      isApplication(pastes)
        ? { ...snippet(document.replace(/\.md$/, ""), line, code, "ts", document), runsIn: "reader" as const }
        : snippet(document.replace(/\.md$/, ""), line, `${preamble}${code}`, language, document),
    ),
  ...examples.map(({ file, line, source }) => snippet(file.replace(/\.ts$/, ""), line, source, "ts", file)),
];

function isApplication(file: string | undefined): boolean {
  return file?.endsWith(".mjs") ?? false;
}

function snippet(name: string, line: number, source: string, language: string, from: string): Snippet {
  return {
    place: `${from}:${line}`,
    file: `${name.replaceAll(/[^\w-]+/g, "-")}-${line}.${language}`,
    source: `${source}\nexport {};\n`,
    runsIn: from.startsWith("packages/client/") || source.includes('"@require-action/client') ? "browser" : "node",
  };
}

/** The sentinels' mistakes tell that the compiler looked at all. */
export const sentinels: readonly string[] = ["sentinel-node.ts", "sentinel-browser.ts", "sentinel-reader.ts"];

/** The packages as they are built: their declarations are what readers compile against, and are read in no time. */
const built = { customConditions: [] };
const compilerOptions: Readonly<Record<Snippet["runsIn"], object>> = {
  // Nest's decorators are legacy ones; ours are either kind.
  node: { experimentalDecorators: true },
  browser: { module: "ESNext", moduleResolution: "Bundler", jsx: "react-jsx" },
  // As `strict` alone has it.
  reader: { noPropertyAccessFromIndexSignature: false, noUncheckedIndexedAccess: false },
};

/** Compiles the snippets as the repository's own code is, and answers with the compiler's lines about them. */
export async function compileSnippets(): Promise<readonly string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const { file, source } of snippets) await writeFile(join(folder, file), source);
  const lines = await Promise.all([compile("node"), compile("browser"), compile("reader")]);
  // Mistakes in the packages themselves are the type check's to tell.
  return lines.flat().filter((line) => /^(?:error |test\/\.snippets\/)/.test(line));
}

async function compile(runsIn: Snippet["runsIn"]): Promise<readonly string[]> {
  const sentinel = `sentinel-${runsIn}.ts`;
  const config = {
    extends: "../../tsconfig.tests.json",
    compilerOptions: { ...built, ...compilerOptions[runsIn] },
    // Named one by one, as the compiler's patterns pass hidden folders by.
    files: [sentinel, ...snippets.filter((snippet) => snippet.runsIn === runsIn).map(({ file }) => file)],
    include: [],
    references: [],
  };
  const project = join(folder, `tsconfig.${runsIn}.json`);
  await writeFile(project, JSON.stringify(config));
  await writeFile(join(folder, sentinel), 'export const wrong: number = "text";\n');
  const { stdout } = await run(process.execPath, [compiler, "-p", project, "--pretty", "false"], { cwd: root }).catch(
    (error: { readonly stdout: string }) => error,
  );
  return stdout.split("\n");
}
