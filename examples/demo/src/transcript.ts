import type { Answer, Watcher } from "./browser.ts";

const WIDTH = 100;
const SHOWN_LENGTH = 28;
/** Members that differ from run to run. */
const VOLATILE = /(?:token|url|uri|secret|key|id|at|codes?)$/i;
const color =
  (code: number) =>
  (text: string): string =>
    process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = color(1);
const dim = color(2);
const green = color(32);
const red = color(31);

/**
 * Shows a story of requests and answers, and remembers each answer that was not as it should be. The first chapter is shown
 * whole; of the others, only the steps that went otherwise than in the first.
 */
export interface Transcript {
  readonly surprises: readonly string[];
  /** Begins the story of a framework. */
  chapter(framework: string, subject: string): void;
  /** Ends the story of a framework. */
  end(): void;
  step(title: string): void;
  /** A line for what happens outside of HTTP. */
  note(text: string): void;
  readonly watch: Watcher;
  /** Expects the latest answer to have this status, and these members in its body. */
  expect(answer: Answer, status: number, members?: Readonly<Record<string, unknown>>): void;
  /** Expects something that no answer says. */
  check(claim: string, holds: boolean): void;
}

export function createTranscript(print: (line: string) => void = console.log): Transcript {
  const surprises: string[] = [];
  const firstOutcomes = new Map<string, string>();
  let first = "";
  let chapter = "";
  let title = "";
  let lines: string[] = [];
  let outcomes: string[] = [];
  let alike = 0;

  function endStep(): void {
    const outcome = outcomes.join("\n");
    if (chapter === first) firstOutcomes.set(title, outcome);
    if (chapter !== first && firstOutcomes.get(title) === outcome) alike += title === "" ? 0 : 1;
    else for (const line of lines) print(line);
    [lines, outcomes] = [[], []];
  }

  function verdict(claim: string, holds: boolean): void {
    lines.push(holds ? `   ${green("✓")} ${claim}` : `   ${red("✗")} ${claim}`);
    outcomes.push(`${holds} ${claim}`);
    if (!holds) surprises.push(`${chapter}: ${title}: ${claim}`);
  }

  return {
    surprises,
    chapter(framework, subject) {
      first ||= framework;
      [chapter, title, alike] = [framework, "", 0];
      const heading = `${framework}: ${subject}`;
      print(`\n${bold(`━━ ${heading} ${"━".repeat(Math.max(0, 70 - heading.length))}`)}`);
    },
    end() {
      endStep();
      if (chapter !== first) print(`\n   ${green("✓")} ${alike} of ${firstOutcomes.size} steps go as in ${first}`);
    },
    step(name) {
      if (title !== "") endStep();
      title = name;
      lines.push(`\n${bold(name)}`);
    },
    note: (text) => void lines.push(`   ${dim("·")} ${text}`),
    watch(method, path, headers, body, { status, body: answered }) {
      const sent = Object.entries(headers).map(([name, value]) => `${name}: ${shorten(value)}`);
      const request = [`${method} ${path}`, ...sent, ...(body === undefined ? [] : [show(body)])].join("  ");
      lines.push(...fold(dim("→"), request), ...fold(dim("←"), `${status}  ${show(answered)}`));
      outcomes.push(`${method} ${path} ${status} ${show(answered, VOLATILE)}`);
    },
    expect({ status, body }, wanted, members = {}) {
      const wrong = Object.entries(members).filter(([name, value]) => body?.[name] !== value);
      const what = [String(wanted), ...Object.values(members).map(String)].join(" ");
      const got = wrong.map(([name]) => `${name} is ${String(body?.[name])}`);
      if (status !== wanted) got.unshift(`status is ${status}`);
      verdict(got.length === 0 ? what : `${what} (${got.join(", ")})`, got.length === 0);
    },
    check: verdict,
  };
}

/** Folds a line that does not fit, between the members of JSON or before a header. */
function fold(mark: string, text: string): string[] {
  const folded: string[] = [];
  for (const part of text.split(/(?<=,)(?=")|(?<= {2})/)) {
    const last = folded.at(-1);
    if (last !== undefined && `     → ${last}${part}`.trimEnd().length <= WIDTH)
      folded[folded.length - 1] = last + part;
    else folded.push(part);
  }
  return folded.map((line, index) => `   ${index === 0 ? mark : " "} ${index === 0 ? "" : "  "}${line.trimEnd()}`);
}

/** JSON without what a reader does not need: help links, the middle of long tokens, and members that are `hidden`. */
function show(value: unknown, hidden?: RegExp): string {
  if (typeof value !== "object" || value === null) return shorten(String(value));
  return JSON.stringify(value, (name, member: unknown) => {
    if (name === "type" || name === "title") return undefined;
    if (name !== "code" && hidden?.test(name)) return "…";
    if (Array.isArray(member) && member.length > 2) return [member[0], `… ${member.length - 1} more`];
    return typeof member === "string" ? shorten(member) : member;
  });
}

function shorten(text: string): string {
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH - 6)}…${text.slice(-5)}`;
}
