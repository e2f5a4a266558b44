import { defineOptions, option, type OptionEntries } from "@require-action/core/options";
import { parseColour } from "./colour.ts";
import { genericFamilies, isFontName } from "./font-family.ts";
import { imageTypeOf, MAX_IMAGE_BYTES } from "./logo-image.ts";

/** How the page, and the pages that messages lead to, look. Each value is checked when the server is created. */
export interface PageTheme {
  /** Stands at the top in place of the shield and the name. */
  readonly logo?: PageLogo;
  /**
   * The colour of buttons and links, as `#rgb` or `#rrggbb`. A single one is for the light scheme, and the dark one has the
   * nearest shade of it that can be read; with `colorScheme: "dark"` it is for that one. A contrast that is too low is refused.
   */
  readonly accent?: string | PageAccents;
  /** How round corners of buttons and fields are, from 0 to 24 pixels; 10 by default. */
  readonly radius?: number;
  /** Names of fonts that devices have, the preferred one first, with a generic family at the end. The page loads no font. */
  readonly fontFamily?: readonly string[];
  /** Light or dark, as the device has it (`auto`, the default), or always the same. */
  readonly colorScheme?: "auto" | "light" | "dark";
  /** Where people find help: `https:`, `mailto:` or `tel:`. Shown at the foot, and where a method is lost. */
  readonly supportUrl?: string;
  /** Where the privacy notice is: `https:`, `mailto:` or `tel:`. Shown at the foot. */
  readonly privacyUrl?: string;
  /** A line at the foot, as `Acme Bank plc, registered in England`. Text, at most 300 characters. */
  readonly footer?: string;
}

/** One accent for each scheme. */
export interface PageAccents {
  readonly light: string;
  readonly dark: string;
}

/** A picture of the page's own origin: at a path, or served by the server itself. */
export interface PageLogo {
  /** A path of the page's own origin, as `/brand/logo.svg`. */
  readonly path?: string;
  /** The picture itself, at most 100 kB: SVG, PNG, JPEG or WebP. An SVG is never part of a page. */
  readonly image?: Uint8Array;
  /** What it says to those who do not see it; `appName` by default. */
  readonly alt?: string;
  /** Pixels, 16 to 320. Room for it is there from the start. */
  readonly width: number;
  /** Pixels, 16 to 64. */
  readonly height: number;
}

const colour = option.matching((value) => parseColour(value) !== undefined, "must be a colour, as #06c or #0066cc");

const address = option.matching(isAddress, "must be a URL of https:, mailto: or tel:, without a password");

/** A schema of one line of text. */
function line(most: number): ReturnType<typeof option.matching> {
  return option.matching(
    (value) =>
      typeof value === "string" && value.trim() !== "" && value.length <= most && !/\p{Cc}|\p{Zl}|\p{Zp}/u.test(value),
    `must be one line of 1 to ${most} characters`,
  );
}

const logoSchema = defineOptions<PageLogo>({
  required: {
    width: option.whole({ least: 16, most: 320, unit: "pixels" }),
    height: option.whole({ least: 16, most: 64, unit: "pixels" }),
  },
  optional: {
    path: option.matching(isPath, "must be a path of the page's own origin, as /brand/logo.svg"),
    image: option.matching(
      (value) => value instanceof Uint8Array && value.length <= MAX_IMAGE_BYTES && imageTypeOf(value) !== undefined,
      "must be the bytes of an SVG, PNG, JPEG or WebP of at most 100 kB",
    ),
    alt: line(100),
  },
});

const accentsSchema = defineOptions<PageAccents>({ required: { light: colour, dark: colour }, optional: {} });

export const themeEntries: OptionEntries<PageTheme>["optional"] = {
  logo: logoSchema,
  accent: option.either((given) => (typeof given === "object" ? accentsSchema : colour)),
  radius: option.whole({ least: 0, most: 24, unit: "pixels" }),
  fontFamily: option.matching(
    (value) =>
      Array.isArray(value) &&
      value.length <= 10 &&
      value.every(isFontName) &&
      genericFamilies.has(String(value.at(-1)).toLowerCase()),
    "must be a list of names of fonts that ends with a generic family, as sans-serif",
  ),
  colorScheme: option.oneOf(["auto", "light", "dark"]),
  supportUrl: address,
  privacyUrl: address,
  footer: line(300),
};

const MAX_ADDRESS = 2_048;

function isAddress(value: unknown): boolean {
  // URL parsers drop control characters and blanks, and read a backslash as a slash.
  if (
    typeof value !== "string" ||
    value.length > MAX_ADDRESS ||
    !/^(?:https:\/\/|mailto:|tel:)[!-[\]-~]+$/.test(value)
  ) {
    return false;
  }
  if (!URL.canParse(value)) return false;
  const { username, password } = new URL(value);
  return username === "" && password === "";
}

function isPath(value: unknown): boolean {
  return (
    typeof value === "string" &&
    value.length <= 256 &&
    /^(?:\/[\w.~-]+)+$/.test(value) &&
    !/\/\.{1,2}(?:\/|$)/.test(value)
  );
}
