import { describe, expect, it } from "vitest";
import { costPerCharacter, growth } from "./growth.ts";
import { readSources, type WrittenRegex } from "./source-regexes.ts";

const LENGTH = 16_384;
/** Nanoseconds for a character: work that grows as a square takes more at this length, even one step in a nanosecond. */
const SURELY_LINEAR = 30;
/** Nothing that is linear takes so long. */
const SURELY_NOT = 10_000;

const samples: ReadonlyMap<string, readonly string[]> = new Map([
  ["\\d", ["0"]],
  ["\\D", ["a"]],
  ["\\w", ["a", "_"]],
  ["\\W", [" "]],
  ["\\s", [" ", "\t"]],
  ["\\S", ["a"]],
]);

/** Characters that the pattern names, or that belong to its classes, and one that hardly any has. */
function charactersOf(source: string): readonly string[] {
  const found = new Set(["x", "\u00e9"]);
  for (const [part] of source.matchAll(/\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\p\{[^}]*\}|\\.|[^\\]/gi)) {
    const known = samples.get(part);
    if (known !== undefined) for (const character of known) found.add(character);
    else if (/^\\[ux]/.test(part)) found.add(String.fromCharCode(Number.parseInt(part.slice(2), 16)));
    else if (part.startsWith("\\p")) found.add("\u200d");
    else found.add(part.replace(/^\\(?=[^a-z0-9])/i, ""));
  }
  return [...found].filter((character) => character.length === 1);
}

/** The letters that the pattern begins with, which lead into the rest of it. */
function beginningOf(source: string): string {
  const [, literal = ""] = /^\^?((?:[\w:; -]|\\[/.])*)(?![*+?{])/.exec(source) ?? [];
  return literal.replaceAll("\\", "");
}

/** What makes the work grow by more than its text does; nothing where it is linear. */
function growing({ source, flags }: WrittenRegex): string | undefined {
  const regex = new RegExp(source, flags);
  const work = (text: string): unknown => text.replace(regex, "");
  const beginning = beginningOf(source);
  for (const character of charactersOf(source)) {
    for (const [before, after] of [
      ["", ""],
      [beginning, "\u0001"],
    ] as const) {
      const pumped = (text: string): unknown => work(before + text + after);
      const text = character.repeat(LENGTH);
      const each = costPerCharacter(pumped, text.repeat(2), [SURELY_LINEAR, SURELY_NOT]);
      if (each < SURELY_LINEAR) continue;
      const ratio = each > SURELY_NOT ? Number.POSITIVE_INFINITY : growth(pumped, text, 2.5);
      if (ratio > 2.5) return `${JSON.stringify(character)} ${each.toFixed(0)} ns, ${ratio.toFixed(1)}`;
    }
  }
  return undefined;
}

describe("T54: regular expressions, as measured", () => {
  it.each([
    ["(\\d)(?=(\\d{3})+(?!\\d))", "g"],
    ["\\s+$", ""],
    ["^multipart\\/.*;.*=", ""],
  ])(
    "/%s/%s is found to grow by more than its text",
    (source, flags) => {
      expect(growing({ source, flags })).toBeDefined();
    },
    120_000,
  );

  it.each(readSources().literals)(
    "$text",
    (found) => {
      expect(growing(found)).toBeUndefined();
    },
    120_000,
  );
});
