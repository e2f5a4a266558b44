import { itInFull } from "@require-action-test/support/full";
import { checkSync } from "recheck";
import { describe, expect, it } from "vitest";
import { readSources, regexesOf, repeatsInLookaround, type WrittenRegex } from "./source-regexes.ts";

/** What recheck takes for the hardest of ours, many times over: one that it cannot decide is to be written in another way. */
const LIMIT_MS = 30_000;

/** Those that are put together at run time, which recheck does not see, and why each takes linear time. */
const constructed: Readonly<Record<string, string>> = {
  "core/src/binding/sealed-key.ts": "anchored, of a fixed length",
  "core/src/lib/device-cookie.ts": "begins at a semicolon, and no repetition takes what the next one does",
  "engine/src/methods/recovery-code.ts": "anchored, of a fixed length",
  "engine/src/webauthn/relying-party.ts": "configuration, of at most 253 characters",
  "cli/src/commands/routes.ts": "anchored, words of ours and one character",
  "server/src/pages/visible-text.ts": "looks at one character, and at the one or two beside it",
};

/** An attack is measured by the characters that it makes the engine read, and not by time, which is long on a busy machine. */
const untimed = { attackTimeout: null, incubationTimeout: null, seedingTimeout: null } as const;

function verdictOn({ source, flags }: WrittenRegex, timeout = LIMIT_MS): string {
  const { status, ...rest } = checkSync(source, flags, { timeout, randomSeed: 54, ...untimed });
  return status === "vulnerable" && "complexity" in rest ? `${status}: ${rest.complexity?.type}` : status;
}

const { literals, constructing } = readSources();

describe("T54: regular expressions", () => {
  it("are found in the sources", () => {
    expect(literals.length).toBeGreaterThan(50);
  });

  it.each(["const a: RegExp = /^(a+)+$/;", "f(/\\s+$/);"])("%s would be found", (code) => {
    const [found] = regexesOf(code, "ts").literals;
    expect(verdictOn(found!)).toMatch(/^vulnerable/);
  });

  it("that recheck cannot decide do not pass", () => {
    expect(verdictOn({ source: "^[\\x21-\\x7e]{1,4096}$", flags: "" }, 1)).toBe("unknown");
  });

  itInFull(
    "take time that is linear in the text",
    () => {
      const others = literals
        .map((found) => ({ ...found, verdict: verdictOn(found) }))
        .filter(({ verdict }) => verdict !== "safe")
        .map(({ text, files, verdict }) => `${text} in ${files.join(", ")}: ${verdict}`);
      expect(others).toEqual([]);
    },
    600_000,
  );

  it.each([
    ["(\\d)(?=(\\d{3})+(?!\\d))", true],
    ["(?=a+b)", true],
    ["(?=(?:a{2,})b)", true],
    ["(?<!a*)b", true],
    ["(?=a{2}b?)c+", false],
    ["(?![*+]\\+)(?:a)+", false],
  ])("%s repeats inside a lookaround: %s", (source, expected) => {
    expect(repeatsInLookaround(source)).toBe(expected);
  });

  it("repeat nothing without end inside a lookaround, which recheck takes for safe", () => {
    const repeating = literals.filter(({ source }) => repeatsInLookaround(source));
    expect(repeating.map(({ text, files }) => `${text} in ${files.join(", ")}`)).toEqual([]);
  });

  it.each(["new RegExp(text);", "RegExp(text);"])("%s would be found to be constructed", (code) => {
    expect(regexesOf(code, "ts").constructed).toBe(1);
  });

  it("are literals, but for those that were looked at by hand", () => {
    expect(Object.fromEntries(constructing)).toEqual(
      Object.fromEntries(Object.keys(constructed).map((file) => [file, 1])),
    );
  });
});
