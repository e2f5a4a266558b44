import { describe, expect, it } from "vitest";
import { filesBelow, read } from "./workspace.ts";

const records = filesBelow("docs/adr", ".md")
  .filter((path) => !path.endsWith("/README.md"))
  .toSorted();
const lengthOf = (path: string): number => read(path).trimEnd().split("\n").length;

describe("docs/adr", () => {
  it("names its records in kebab-case, and numbers them without a gap", () => {
    expect(records.filter((path) => !/^docs\/adr\/\d{4}(?:-[a-z0-9]+)+\.md$/.test(path))).toEqual([]);
    expect(records.map(numberOf)).toEqual(records.map((_, index) => index + 1));
  });

  it("lists each record once, by its heading", () => {
    const lines = Array.from(read("docs/adr/README.md").matchAll(/^- \[\d+\. .+\]\(.+\)$/gm), ([line]) => line);
    const expected = records.map((path) => {
      const [heading = ""] = read(path).split("\n", 1);
      return `- [${heading.replace("# ", "")}](${path.replace("docs/adr/", "")})`;
    });
    expect(lines.toSorted()).toEqual(expected.toSorted());
  });

  it("has a context, a decision and consequences in each record, in 10 to 40 lines", () => {
    const isWhole = (path: string): boolean => {
      const headings = Array.from(read(path).matchAll(/^##? (.+)$/gm), ([, heading]) => heading).join("\n");
      return new RegExp(`^${numberOf(path)}\\. .+\nContext\nDecision\nConsequences$`).test(headings);
    };
    expect(records.filter((path) => !isWhole(path))).toEqual([]);
    expect(records.filter((path) => lengthOf(path) < 10 || lengthOf(path) > 40)).toEqual([]);
  });

  function numberOf(path: string): number {
    return Number(/\d{4}/.exec(path)?.[0]);
  }
});

describe("docs/ARCHITECTURE.md", () => {
  it("has at most 150 lines", () => expect(lengthOf("docs/ARCHITECTURE.md")).toBeLessThanOrEqual(150));
});

describe("docs/GLOSSARY.md", () => {
  const terms = Array.from(read("docs/GLOSSARY.md").matchAll(/^- \*\*(.+?)\*\*/gm), ([, term]) => term);

  it("defines at most 40 terms, each once", () => {
    expect(terms.length).toBeGreaterThan(20);
    expect(terms.length).toBeLessThanOrEqual(40);
    expect(new Set(terms).size).toBe(terms.length);
  });
});
