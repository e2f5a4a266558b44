// Builds the packages, the one whose folder it is called in, or what the named projects need, as in `node scripts/build.mjs bench`:
// declarations by TypeScript, and JavaScript in a few files for each package, as importing hundreds takes twice as long.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const cwd = process.cwd();
const isInPackage = dirname(cwd) === join(root, "packages");

const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
const { status } = spawnSync(process.execPath, [compiler, "-b", ...process.argv.slice(2)], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

/**
 * Entries that applications load together: they are one file and names for what is in it, as each file takes a third of a
 * millisecond to load. Other entries are used by themselves, bring peers along, or go to browsers.
 */
const loadedTogether = {
  core: ["index", "adapter", "options", "provider"],
  engine: ["index", "server", "store"],
};

const options = {
  outdir: "dist",
  chunkNames: "shared/[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  packages: "external",
  // What a package names so is a file beside `dist`, and stays one.
  external: ["#*"],
  target: "node20.19",
  // What is served is never a script within a page, so end tags stay as they are written.
  supported: { "inline-script": false },
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  write: false,
};

const packages = isInPackage ? [cwd] : readdirSync(join(root, "packages")).map((name) => join(root, "packages", name));
// Without declarations it was not asked for.
await Promise.all(packages.filter((folder) => existsSync(join(folder, "dist"))).map(bundle));

/** Bundles the entries of a package: what several of them share is there once, and other packages stay where they are. */
async function bundle(folder) {
  const { exports, bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = Object.values(exports).map(({ default: file }) => file);
  // A command stands in a file that is there before anything is built, and imports this one.
  if (bin !== undefined) files.push("dist/main.js");
  const names = files.filter(Boolean).map((file) => relative("dist", file).replace(/\.js$/, ""));
  const written = await filesOf(folder, names);
  // What is there already stays untouched, for those who import it meanwhile.
  const dist = join(folder, "dist");
  for (const file of readdirSync(dist, { recursive: true })) {
    const path = join(dist, file);
    if (/\.js(?:\.map)?$/.test(file) && !written.has(path)) rmSync(path);
  }
  for (const [path, text] of written) {
    mkdirSync(dirname(path), { recursive: true });
    if (readIfThere(path) !== text) writeFileSync(path, text);
  }
}

/** The text of each file, by path. */
async function filesOf(folder, names) {
  const together = loadedTogether[basename(folder)] ?? [];
  const apart = names.filter((name) => !together.includes(name));
  const sources = (some) => some.map((name) => [name, `src/${name}.ts`]);
  const entries = together.length === 0 ? [] : [["shared/together", "together"]];
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: folder,
    entryPoints: Object.fromEntries([...entries, ...sources(apart)]),
    plugins: [{ name: "together", setup: (esbuild) => resolveTogether(esbuild, folder, together) }],
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [path, text]));
  // Which names each of them has, esbuild says when it bundles them apart.
  const { metafile } = await build({
    ...options,
    absWorkingDir: folder,
    entryPoints: Object.fromEntries(sources(together)),
  });
  for (const name of together) {
    const exported = metafile.outputs[`dist/${name}.js`].exports.join(",\n  ");
    texts.set(join(folder, "dist", `${name}.js`), `export {\n  ${exported}\n} from "./shared/together.js";\n`);
  }
  return texts;
}

/** Has `together` be a module that exports what all of the entries do. */
function resolveTogether({ onResolve, onLoad }, folder, entries) {
  const namespace = "together";
  const contents = entries.map((name) => `export * from "./src/${name}.ts";`).join("\n");
  onResolve({ filter: /^together$/ }, ({ path }) => ({ path, namespace }));
  onLoad({ filter: /^together$/, namespace }, () => ({ contents, resolveDir: folder }));
}

function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
