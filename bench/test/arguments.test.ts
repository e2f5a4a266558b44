import { expect, it } from "vitest";
import { readArguments, usageOf } from "../src/arguments.ts";

const known = ["guard", "rules"];

it("measures all groups at full length unless told otherwise", () => {
  expect(readArguments([], known)).toMatchObject({ groups: [], pace: "full", writes: false });
  expect(readArguments(["rules", "--quick"], known)).toMatchObject({
    groups: ["rules"],
    pace: "quick",
    writes: false,
  });
  expect(readArguments(["--save", "a.json", "--compare", "b.json"], known)).toMatchObject({
    save: "a.json",
    compare: "b.json",
  });
});

it("refuses a group that there is not, and a page from less than a whole run", () => {
  expect(() => readArguments(["ruels"], known)).toThrow("There is no group ruels");
  expect(() => readArguments(["rules", "--write"], known)).toThrow("--write takes all groups");
  expect(() => readArguments(["--quick", "--write"], known)).toThrow("--write takes all groups");
});

it("tells which groups there are", () => {
  expect(usageOf(known)).toContain("Groups: guard, rules;");
});
