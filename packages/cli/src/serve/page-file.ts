import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { findPageMistakes, type PageMistake, type PageSettings } from "@require-action/server";
import { CliError } from "../lib/terminal.ts";
import { mistakeLines } from "../policy/compile-file.ts";
import { createSourceText, readText } from "../policy/source-text.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads how the page looks: `page` of `createServer` as JSON or YAML, with the logo's picture as `logo.file`, seen from the file.
 * @throws CliError with every mistake, and its line and column
 */
export function readPageFile(file: string): PageSettings {
  const text = readText(file, "--page");
  const source = createSourceText(file, text);
  const { syntaxMistake, value } = source;
  if (syntaxMistake !== undefined) throw new CliError(`--page ${file} has mistakes:\n  ${syntaxMistake}`);
  if (!isFields(value))
    throw new CliError(`--page ${file}: must be an object with appName, accent, logo and the like.`);
  const { page, mistake } = withPicture(value, dirname(file));
  const mistakes = [
    ...(mistake === undefined ? [] : [mistake]),
    // A function, which is none of a file's.
    ...("messagingTemplates" in value ? [{ path: "messagingTemplates", message: "is the policy's to say" }] : []),
    ...findPageMistakes(page).filter(({ path }) => path !== "messagingTemplates"),
  ];
  if (mistakes.length === 0) return page as PageSettings;
  throw new CliError(`--page ${file} has mistakes:\n${mistakeLines(mistakes.map(inFile(value)), source)}`);
}

/** The settings with the picture in place of its file. */
function withPicture(settings: Fields, folder: string): { readonly page: Fields; readonly mistake?: PageMistake } {
  const { logo } = settings;
  if (!isFields(logo) || !Object.hasOwn(logo, "file")) return { page: settings };
  const { file, ...rest } = logo;
  const { logo: _logo, ...others } = settings;
  if (typeof file !== "string" || file === "") {
    return { page: others, mistake: { path: "logo.file", message: "must be the name of a file" } };
  }
  try {
    return { page: { ...settings, logo: { ...rest, image: readFileSync(resolve(folder, file)) } } };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`;
    return { page: others, mistake: { path: "logo.file", message } };
  }
}

/** A mistake by the name that the file has for it. */
function inFile({ logo }: Fields): (mistake: PageMistake) => PageMistake {
  const hasFile = isFields(logo) && Object.hasOwn(logo, "file");
  return (mistake) => (hasFile && mistake.path === "logo.image" ? { ...mistake, path: "logo.file" } : mistake);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
