import { existsSync } from "node:fs";
import { filesBelow, read, root } from "./workspace.ts";

/** Every document of the repository that people read. */
export const documents: readonly string[] = [
  "README.md",
  "CONTRIBUTING.md",
  ...filesBelow("docs", ".md"),
  ...filesBelow("packages", "README.md"),
  ...filesBelow("examples", "README.md"),
  ...filesBelow("deploy", "README.md"),
].filter((path) => existsSync(root + path));

/** A fenced block of a document. */
export interface Block {
  readonly document: string;
  /** Of its first line, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** What a comment `<!-- ts … -->` right in front of the block holds: code that readers need not see. */
  readonly preamble: string;
  /** The file that a comment `<!-- file: … -->` right in front of the block names: the block shows it. */
  readonly shows: string | undefined;
  /** The file that a comment `<!-- paste: … -->` right in front of the block names: a reader pastes the block there. */
  readonly pastes: string | undefined;
  /** The name that a comment `<!-- walk: … -->` gives to commands which a test runs. */
  readonly step: string | undefined;
}

const BLOCK =
  /(?:^<!-- (file|paste|walk): (\S+) -->\n\n?)?(?:^<!-- ts\n([\s\S]*?)^-->\n\n?)?^```(\w+)\n([\s\S]*?)^```$/gm;

/** The fenced blocks of a document. */
export function blocks(document: string): readonly Block[] {
  const text = read(document);
  return [...text.matchAll(BLOCK)].map(([whole, mark, name, preamble = "", language = "", code = ""], index, all) => {
    const at = all[index]!.index + whole.indexOf("```");
    const line = text.slice(0, at).split("\n").length + 1;
    const marked = (wanted: string): string | undefined => (mark === wanted ? name : undefined);
    const marks = { shows: marked("file"), pastes: marked("paste"), step: marked("walk") };
    return { document, line, language, code, preamble, ...marks };
  });
}

/** A document without its fenced blocks and comments. */
export function prose(document: string): string {
  return read(document)
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/<!--[\s\S]*?-->/g, "");
}

/** The links of a document that lead to another place of the repository. */
export function internalLinks(document: string): readonly string[] {
  // Brackets in code are no links.
  return [
    ...prose(document)
      .replace(/`[^`\n]*`/g, "")
      .matchAll(/\]\(([^()\s]+)\)/g),
  ]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchors(document: string): ReadonlySet<string> {
  const headings = read(document)
    .replace(/^```[\s\S]*?^```$/gm, "")
    .matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    Array.from(headings, ([, heading = ""]) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(/\s/g, "-"),
    ),
  );
}
