import { describe, expect, it } from "vitest";
import { filesByThreat, threatRows, withTests } from "./threat-table.ts";
import { read } from "./workspace.ts";

const files = filesByThreat(read);

function text(): string {
  return read("docs/THREATS.md");
}

function numbered(letter: string, last: number): readonly string[] {
  return Array.from({ length: last }, (_, index) => `${letter}${index + 1}`);
}

describe("docs/THREATS.md", () => {
  it("has one row for each threat and each fault, in order", () => {
    const ids = threatRows(text()).map(({ id }) => id);
    expect(ids.filter((id) => /^[TF]/.test(id))).toEqual([...numbered("T", 75), ...numbered("F", 34)]);
  });

  it("has a row for every id that the title of a test begins with", () => {
    const known = new Set(threatRows(text()).map(({ id }) => id));
    expect([...files].filter(([id]) => !known.has(id))).toEqual([]);
  });

  // After adding a test or a row: npx vitest run test/threats.test.ts --update
  it("lists for each row the files whose tests cover it", async () => {
    await expect(withTests(text(), files)).toMatchFileSnapshot("../docs/THREATS.md");
  });

  it("says open where there is no test, and only there", () => {
    const wrong = threatRows(text()).filter(({ status, tests }) => status.startsWith("open") !== (tests === ""));
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });

  it("says of each row that it is covered, or what is missing", () => {
    expect(threatRows(text()).filter(({ status }) => !/^(?:covered$|(?:partly|open): \S)/.test(status))).toEqual([]);
  });
});
