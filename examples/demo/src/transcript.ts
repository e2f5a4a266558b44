import type { Answer, Watcher } from "./browser.ts";

const SHOWN_LENGTH = 28;
const color =
  (code: number) =>
  (text: string): string =>
    process.stdout.isTTY ? `\u001b[${code}m${text}\u001b[0m` : text;
const bold = color(1);
const dim = color(2);
const green = color(32);
const red = color(31);

/** Tells a story of requests and answers, and remembers each answer that was not as it should be. */
export interface Transcript {
  readonly surprises: readonly string[];
  chapter(title: string): void;
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
  let chapterTitle = "";
  let stepTitle = "";

  function verdict(claim: string, holds: boolean): void {
    print(holds ? `   ${green("✓")} ${claim}` : `   ${red("✗")} ${claim}`);
    if (!holds) surprises.push(`${chapterTitle}: ${stepTitle}: ${claim}`);
  }

  return {
    surprises,
    chapter(title) {
      chapterTitle = title;
      print(`\n${bold(`━━ ${title} ${"━".repeat(Math.max(0, 70 - title.length))}`)}`);
    },
    step(title) {
      stepTitle = title;
      print(`\n${bold(title)}`);
    },
    note: (text) => print(`   ${dim("·")} ${text}`),
    watch(method, path, headers, body, { status, body: answered }) {
      const sent = Object.entries(headers).map(([name, value]) => `${name}: ${shorten(value)}`);
      print(`   ${dim("→")} ${[`${method} ${path}`, ...sent, ...(body === undefined ? [] : [show(body)])].join("  ")}`);
      print(`   ${dim("←")} ${status}  ${show(answered)}`);
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

/** One line of JSON without what a reader does not need: help links, and the middle of long tokens. */
function show(value: unknown): string {
  if (typeof value !== "object" || value === null) return shorten(String(value));
  return JSON.stringify(value, (name, member: unknown) => {
    if (name === "type" || name === "title") return undefined;
    return typeof member === "string" ? shorten(member) : member;
  });
}

function shorten(text: string): string {
  return text.length <= SHOWN_LENGTH ? text : `${text.slice(0, SHOWN_LENGTH - 6)}…${text.slice(-5)}`;
}
