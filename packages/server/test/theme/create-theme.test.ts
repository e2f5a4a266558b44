import { ConfigurationError } from "@require-action/core";
import { defineOptions, readOptions } from "@require-action/core/options";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contrastOf, parseColour } from "../../src/theme/colour.ts";
import { createTheme, type Theme } from "../../src/theme/create-theme.ts";
import { type PageTheme, themeEntries } from "../../src/theme/page-theme.ts";

const schema = defineOptions<PageTheme>({ required: {}, optional: themeEntries });

/** As a server reads what it is given. */
function themeOf(given: unknown): Theme {
  return createTheme(readOptions("theme", schema, given), { appName: "Acme Bank" });
}

function refusalOf(given: unknown): ConfigurationError | undefined {
  try {
    themeOf(given);
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
}

const svg = Buffer.from(
  '<?xml version="1.0"?>\n<!-- Acme -->\n<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
);
const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex");
const size = { width: 120, height: 28 };

describe("a theme", () => {
  it("takes the least there is, and everything there is", () => {
    expect(themeOf({}).colorScheme).toBe("light dark");
    const theme = themeOf({
      logo: { image: svg, alt: "Acme", ...size },
      accent: { light: "#0B6E4F", dark: "#6fd" },
      radius: 0,
      fontFamily: ["Inter", "游ゴシック", "system-ui", "sans-serif"],
      colorScheme: "light",
      supportUrl: "mailto:help@acme.example",
      privacyUrl: "https://acme.example/privacy?lang=en",
      footer: "Acme Bank plc <b>",
    });
    expect(theme.style).toContain('--radius:0px;--font:"Inter","游ゴシック",system-ui,sans-serif;');
    expect(theme.style).toContain("--accent:#0b6e4f;");
    expect(theme.logo).toMatchObject({ src: expect.stringMatching(/^challenge\/assets\/[\w-]{16}\/logo\.svg$/) });
  });

  it.each([
    ["auto", "light dark", 2],
    ["light", "light", 1],
    ["dark", "dark", 1],
  ])("with the scheme %s is %s", (colorScheme, declared, blocks) => {
    const { style } = themeOf({ colorScheme });
    expect(style).toContain(`color-scheme:${declared};`);
    expect(style.split("--accent:")).toHaveLength(blocks + 1);
  });

  it.each([
    ["accent", "#0066", "must be a colour"],
    ["accent", "rebeccapurple", "must be a colour"],
    ["accent", "#fff;}", "must be a colour"],
    ["accent", null, "must be an object"],
    ["accent", { light: "#06c" }, "is required"],
    ["accent", { light: "#06c", darkk: "#6cf" }, "did you mean accent.dark?"],
    ["radius", 25, "whole pixels from 0 to 24"],
    ["radius", -1, "whole pixels"],
    ["radius", 1.5, "whole pixels"],
    ["radius", "10px", "whole pixels"],
    ["fontFamily", "Inter", "must be a list"],
    ["fontFamily", [], "must be a list"],
    ["fontFamily", ["Inter"], "ends with a generic family"],
    ["fontFamily", ['Inter"', "serif"], "must be a list"],
    ["fontFamily", ["url(//evil.example)", "serif"], "must be a list"],
    ["fontFamily", ["</style>", "serif"], "must be a list"],
    ["fontFamily", ["a\\22", "serif"], "must be a list"],
    ["colorScheme", "drak", "did you mean"],
    ["supportUrl", "http://acme.example", "must be a URL"],
    ["supportUrl", "javascript:alert(1)", "must be a URL"],
    ["supportUrl", "data:text/html,x", "must be a URL"],
    ["supportUrl", "java\nscript:alert(1)", "must be a URL"],
    ["supportUrl", "https://user:secret@acme.example", "must be a URL"],
    ["supportUrl", "https:\\\\evil.example", "must be a URL"],
    ["supportUrl", "/help", "must be a URL"],
    ["privacyUrl", "//acme.example", "must be a URL"],
    ["footer", "", "one line"],
    ["footer", "a\nb", "one line"],
    ["footer", "x".repeat(301), "one line"],
    ["logo", { path: "/l.svg", width: 120 }, "is required"],
    ["logo", { path: "https://cdn.example/l.svg", ...size }, "must be a path"],
    ["logo", { path: "//cdn.example/l.svg", ...size }, "must be a path"],
    ["logo", { path: "/../l.svg", ...size }, "must be a path"],
    ["logo", { path: "/l.svg?x='", ...size }, "must be a path"],
    ["logo", { path: "/l.svg", width: 4_000, height: 28 }, "from 16 to 320"],
    ["logo", { image: Buffer.from("<html></html>"), ...size }, "must be the bytes of"],
    ["logo", { image: Buffer.from("GIF89a"), ...size }, "must be the bytes of"],
    ["logo", { image: Buffer.concat([png, Buffer.alloc(100_000)]), ...size }, "at most 100 kB"],
    ["logo", { ...size }, "must have a path or an image"],
    ["logo", { path: "/l.svg", image: svg, ...size }, "not both"],
    ["acent", "#06c", "did you mean accent?"],
  ])("is refused for the %s %j", (option, value, problem) => {
    const refusal = refusalOf({ [option]: value });
    expect(refusal?.option.replace(/^page\./, "")).toMatch(new RegExp(`^${option}`));
    expect(refusal?.problem).toContain(problem);
  });

  it("needs a text for its logo", () => {
    expect(() => createTheme({ logo: { path: "/l.svg", ...size } })).toThrow(
      "page.logo.alt: is required without appName",
    );
  });

  it.each([
    [svg, "svg", "image/svg+xml"],
    [png, "png", "image/png"],
    [Buffer.from("ffd8ffe000104a46", "hex"), "jpg", "image/jpeg"],
    [Buffer.from("RIFF\0\0\0\0WEBPVP8 ", "latin1"), "webp", "image/webp"],
  ])("knows a picture by its bytes, %#", (image, ending, contentType) => {
    expect(themeOf({ logo: { image, ...size } }).logo?.file).toMatchObject({ name: `logo.${ending}`, contentType });
  });

  describe("whose colours cannot be read", () => {
    it.each([
      [{ accent: "#ffcc00" }, "page.accent", "light"],
      [{ accent: "#ffcc00", colorScheme: "light" }, "page.accent", "light"],
      [{ accent: "#06c", colorScheme: "dark" }, "page.accent", "dark"],
      [{ accent: { light: "#06c", dark: "#06c" } }, "page.accent.dark", "dark"],
      [{ accent: { light: "#fc0", dark: "#fc0" } }, "page.accent.light", "light"],
    ])("is refused: %j", (given, option, scheme) => {
      const refusal = refusalOf(given);
      expect(refusal?.option).toBe(option);
      expect(refusal?.problem).toMatch(
        new RegExp(
          `in the ${scheme} scheme: .+ \\(#[\\da-f]{6} on #[\\da-f]{6}\\) would have a contrast of [\\d.]+:1, and needs 4.5:1; `,
        ),
      );
      // What it suggests is taken.
      const [, shade = ""] = /; (#[\da-f]{6}) is the nearest/.exec(refusal?.problem ?? "") ?? [];
      expect(refusalOf({ accent: shade, colorScheme: scheme })).toBeUndefined();
    });

    it("is refused a hair below 4.5:1, and taken a hair above", () => {
      // On a panel, which is darker than the card.
      const panel = parseColour("#f5f6f9")!;
      const at = (share: number): string => `#${Math.round(share).toString(16).padStart(2, "0").repeat(3)}`;
      const least = Array.from({ length: 256 }, (_none, grey) => grey).findLast(
        (grey) => contrastOf(panel, [grey, grey, grey]) >= 4.5,
      )!;
      expect(refusalOf({ accent: at(least) })).toBeUndefined();
      expect(refusalOf({ accent: at(least + 1) })?.problem).toContain("links on a panel");
    });

    it("is taken where one colour is for the scheme that it suits", () => {
      expect(refusalOf({ accent: "#ffcc00", colorScheme: "dark" })).toBeUndefined();
      expect(refusalOf({ accent: "#06c" })).toBeUndefined();
    });
  });

  it("T45: whatever it is made of, its style has nothing but checked values", () => {
    const nasty = fc.constantFrom(
      "</style><script>",
      "url(//evil.example)",
      "red;}*{",
      "\\3c ",
      "expression(1)",
      "#06c",
      "#f0f",
    );
    const anything = fc.oneof(fc.string({ unit: "binary" }), nasty, fc.jsonValue(), fc.integer());
    const fonts = fc.array(fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), nasty), { maxLength: 3 });
    const hex = fc.nat({ max: 0xffffff }).map((number) => `#${number.toString(16).padStart(6, "0")}`);
    const given = fc.oneof(
      fc.record({ accent: fc.oneof(anything, hex, fc.record({ light: anything, dark: anything })) }),
      fc.record({ radius: fc.oneof(anything, fc.integer({ min: -2, max: 30 })) }),
      fc.record({
        fontFamily: fc.oneof(
          anything,
          fonts.map((names) => [...names, "sans-serif"]),
        ),
      }),
      fc.record({ accent: hex, colorScheme: fc.oneof(anything, fc.constantFrom("auto", "light", "dark")) }),
    );
    const declaration =
      /(?:color-scheme:(?:light dark|light|dark)|--radius:\d{1,2}px|--[a-z-]+:#[\da-f]{6}|--font:(?:,?(?:"[\p{L}\p{M}\p{N} ._-]+"|[A-Za-z-]+))+)/u;
    const block = `:root\\{(?:${declaration.source};?)+\\}`;
    const whole = new RegExp(`^${block}(?:@media\\(prefers-color-scheme:dark\\)\\{${block}\\})?$`, "u");
    let taken = 0;
    fc.assert(
      fc.property(given, (theme) => {
        if (refusalOf(theme) !== undefined) return;
        taken++;
        expect(themeOf(theme).style).toMatch(whole);
      }),
      { numRuns: 400 },
    );
    expect(taken).toBeGreaterThan(20);
  });
});
