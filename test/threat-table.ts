import { filesBelow } from "./workspace.ts";

/** One requirement of `docs/THREATS.md`. */
export interface ThreatRow {
  readonly id: string;
  readonly requirement: string;
  readonly status: string;
  readonly tests: string;
}

const ROW = /^\| ([TFCS]\d+) \| (.+?) \| (.+?) \|$/gm;
/** The list of tests, up to the end of the document. */
const TESTS = /^## Tests\n\n((?:- .*\n)*)/m;
/** A title that begins with ids, one or several: their letters and numbers, commas or colons between them, and a colon. */
const TITLE = /["'`]([TFCS]\d{1,2}(?:(?:,|:) [TFCS]\d{1,2})*): /g;
/** Files that hold titles of tests: the tests themselves, and the cases of the conformance suites. */
const TEST_FILE = /^(?:packages\/[^/]+\/test\/|packages\/conformance\/src\/|examples\/[^/]+\/test\/|test\/)/;

/** The rows of the tables, in their order, each with its tests. */
export function threatRows(text: string): readonly ThreatRow[] {
  const [, list = ""] = TESTS.exec(text) ?? [];
  const tests = new Map(Array.from(list.matchAll(/^- (\w+): (.*)$/gm), ([, id = "", links = ""]) => [id, links]));
  return [...text.matchAll(ROW)].map(([, id = "", requirement = "", status = ""]) => ({
    id,
    requirement,
    status,
    tests: tests.get(id) ?? "",
  }));
}

/** The files whose titles name each id. */
export function filesByThreat(read: (path: string) => string): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  const paths = [...filesBelow("packages", ".ts"), ...filesBelow("examples", ".ts"), ...filesBelow("test", ".ts")];
  for (const path of paths.filter((one) => TEST_FILE.test(one)).toSorted()) {
    const ids = [...read(path).matchAll(TITLE)].flatMap(([, list = ""]) => list.split(/[,:] /));
    for (const id of new Set(ids)) files.set(id, [...(files.get(id) ?? []), path]);
  }
  return files;
}

/** The same text with the list of tests as they are, and a status for each row that does not contradict them. */
export function withTests(text: string, files: ReadonlyMap<string, readonly string[]>): string {
  const lines = threatRows(text).flatMap(({ id }) => {
    const found = files.get(id) ?? [];
    return found.length === 0 ? [] : [`- ${id}: ${found.map(link).join(", ")}\n`];
  });
  return text
    .replace(ROW, (_row, id: string, requirement: string, status: string) => {
      return `| ${id} | ${requirement} | ${statusWith(status, files.has(id))} |`;
    })
    .replace(TESTS, () => `## Tests\n\n${lines.join("")}`);
}

function statusWith(status: string, isTested: boolean): string {
  if (isTested) return status.replace(/^open(?=:)/, "partly");
  return status.startsWith("open") ? status : `open: no test (was ${status})`;
}

function link(path: string): string {
  const name = path.replace(/^packages\//, "").replace(/\/(?:test|src)\//, "/");
  return `[${name.replace(/(?:\.test)?\.ts$/, "")}](../${path})`;
}
