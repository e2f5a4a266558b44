import { build, type BuildOptions } from "esbuild";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const source = new URL("../../src/", import.meta.url);
const folder = fileURLToPath(new URL("pages/browser/", source));

/** The oldest browsers that the challenge page works in. */
const baseline = ["safari16.4", "chrome109", "firefox115"];
const styles = ["base.css", "controls.css", "screens.css"];

/** What is embedded of the challenge page, made of the files in `src/pages/browser`. */
interface EmbeddedPage {
  /** All of its script. */
  readonly pageScript: string;
  /** The script that says so when that one does not run, in the language of the oldest browsers. */
  readonly failureScript: string;
  readonly pageStyle: string;
  readonly pageIcon: string;
}

export async function embeddedPage(): Promise<EmbeddedPage> {
  const [pageScript, failureScript, pageStyle] = await Promise.all([
    bundle({ entryPoints: [`${folder}main.js`], target: baseline }),
    bundle({ entryPoints: [`${folder}failure.js`], target: "es5" }),
    bundle({
      stdin: {
        contents: styles.map((name) => `@import "./${name}";`).join("\n"),
        loader: "css",
        resolveDir: folder,
      },
      target: baseline,
    }),
  ]);
  return { pageScript, failureScript, pageStyle, pageIcon: readFileSync(`${folder}icon.svg`, "utf8").trim() };
}

/** The script of the console's forms that a passkey fills in. */
export function reviewerScript(): Promise<string> {
  return bundle({ entryPoints: [`${folder}reviewer.js`], target: baseline });
}

/** One file of what an entry imports, minified, in lines that a difference can be read in. */
async function bundle(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    bundle: true,
    conditions: ["@require-action/source"],
    format: "iife",
    minify: true,
    legalComments: "none",
    lineLimit: 110,
    charset: "ascii",
    write: false,
  });
  return outputFiles.map(({ text }) => text.trim()).join("\n");
}

/** The style sheet of the console, as it is in `src/console/page`. */
export function consoleStyle(): string {
  return readFileSync(new URL("console/page/console.css", source), "utf8");
}

/** The script of the console, made of the files in `src/console/browser`. */
export function consoleScript(): Promise<string> {
  return bundle({ entryPoints: [fileURLToPath(new URL("console/browser/main.js", source))], target: baseline });
}
