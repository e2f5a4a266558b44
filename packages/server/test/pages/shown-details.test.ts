import { describe, expect, it } from "vitest";
import { shownDetails, shownText } from "../../src/pages/shown-details.ts";

const money = (amount: string): string | undefined => shownDetails({ amount, currency: "EUR" })[0]?.value;

describe("T54: what a page shows", () => {
  it.each([
    ["1", "EUR 1"],
    ["123", "EUR 123"],
    ["1234.50", "EUR 1,234.50"],
    ["-1234567", "EUR -1,234,567"],
    ["123456789012345678901234567890", "EUR 123,456,789,012,345,678,901,234,567,890"],
  ])("groups %s as %s", (amount, shown) => {
    expect(money(amount)).toBe(shown);
  });

  it("is the start of a long text, and says so", () => {
    expect(shownText("a".repeat(256))).toBe("a".repeat(256));
    expect(shownText("a".repeat(257))).toBe(`${"a".repeat(256)}… (cut off, of 257 characters)`);
    expect(money("9".repeat(16_000))).toBe(`${"9".repeat(256)}… (cut off, of 16000 characters)`);
  });

  it("stays short whatever the text is made of", () => {
    expect(shownText("\u202e".repeat(16_000)).length).toBeLessThan(256 * 10 + 50);
    expect(shownText(`${"a".repeat(255)}😀`).isWellFormed()).toBe(true);
  });
});
