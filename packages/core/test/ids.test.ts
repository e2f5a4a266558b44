import { describe, expect, it } from "vitest";
import { isActionCode, isId } from "../src/provider.ts";

describe("an id", () => {
  it.each([
    "a",
    "0",
    " ",
    "alice@example.com",
    "a/b",
    "..",
    "älice",
    "😀",
    "a".repeat(256),
    "é".repeat(128),
    "__proto__",
  ])("can be %j", (id) => expect(isId(id)).toBe(true));

  it.each([
    "",
    "a".repeat(257),
    "é".repeat(129),
    "a\u0000",
    "a\n",
    "\u001b[0m",
    "\u007f",
    "\u0085",
    "a\u2028",
    "a\u2029",
    "\ud800",
    "a\udc00b",
    undefined,
    null,
    5,
    ["a"],
    { toString: () => "a" },
    Object("a"),
  ])("T41: T43: cannot be %j", (id) => expect(isId(id)).toBe(false));
});

describe("an action code", () => {
  it.each(["a", "withdraw-funds", "A_9", "a".repeat(64)])("can be %j", (code) => expect(isActionCode(code)).toBe(true));

  it.each(["", "a b", "a.b", "a/b", "..", "é", "a\n", "\na", "a".repeat(65), undefined, null, 5, ["a"]])(
    "T32: cannot be %j",
    (code) => expect(isActionCode(code)).toBe(false),
  );
});
