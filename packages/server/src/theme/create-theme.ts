import { createHash } from "node:crypto";
import { ConfigurationError } from "@require-action/core";
import { type Colour, hexOf, parseColour } from "./colour.ts";
import { defaultFonts, fontFamilyOf } from "./font-family.ts";
import { imageTypeOf } from "./logo-image.ts";
import type { PageLogo, PageTheme } from "./page-theme.ts";
import {
  createPalette,
  declarationsOf,
  defaultAccents,
  findFaintPair,
  nearestReadable,
  type Scheme,
} from "./palette.ts";

/** A look that is known to be readable, and made of checked values only. */
export interface Theme {
  /** The style sheet of its custom properties. */
  readonly style: string;
  /** As the `color-scheme` of CSS has it. */
  readonly colorScheme: "light dark" | Scheme;
  /** The accent of the first scheme, as `#rrggbb`. */
  readonly accent: string;
  readonly logo: ThemeLogo | undefined;
  readonly supportUrl: string | undefined;
  readonly privacyUrl: string | undefined;
  readonly footer: string | undefined;
}

interface ThemeLogo {
  /** As seen from beside the page, or from the root of its origin. */
  readonly src: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  /** What is served at `src`, where that is for the server to do. */
  readonly file: LogoFile | undefined;
}

/** A picture that is served below `/challenge/assets`. */
export interface LogoFile {
  readonly version: string;
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

const DEFAULT_RADIUS = 10;

/**
 * Makes a theme of values that are right by themselves.
 * @param path where they are in the options, for messages: `page`
 * @throws ConfigurationError for colours that cannot be read together, and for a logo without a picture or a text
 */
export function createTheme(given: PageTheme = {}, { path = "page", appName }: ThemeContext = {}): Theme {
  const { accent, colorScheme = "auto", radius = DEFAULT_RADIUS, fontFamily = defaultFonts } = given;
  const { logo, supportUrl, privacyUrl, footer } = given;
  const accents = accentsOf(accent, colorScheme, `${path}.accent`);
  const declared = (scheme: Scheme): string => declarationsOf(createPalette(accents[scheme], scheme));
  const first = colorScheme === "dark" ? "dark" : "light";
  const scheme = colorScheme === "auto" ? "light dark" : colorScheme;
  const root = `color-scheme:${scheme};--radius:${radius}px;--font:${fontFamilyOf(fontFamily)};${declared(first)}`;
  return {
    style: `:root{${root}}${colorScheme === "auto" ? `@media(prefers-color-scheme:dark){:root{${declared("dark")}}}` : ""}`,
    colorScheme: scheme,
    accent: hexOf(accents[first]),
    logo: logo && readLogo(logo, `${path}.logo`, appName),
    supportUrl,
    privacyUrl,
    footer,
  };
}

/** Where a theme is from, and whose it is. */
interface ThemeContext {
  readonly path?: string;
  readonly appName?: string | undefined;
}

function accentsOf(
  given: PageTheme["accent"],
  colorScheme: NonNullable<PageTheme["colorScheme"]>,
  path: string,
): Readonly<Record<Scheme, Colour>> {
  if (given === undefined) return defaultAccents;
  if (typeof given === "object") {
    return {
      light: readableAccent(given.light, "light", `${path}.light`),
      dark: readableAccent(given.dark, "dark", `${path}.dark`),
    };
  }
  const scheme = colorScheme === "dark" ? "dark" : "light";
  const accent = readableAccent(given, scheme, path);
  return scheme === "dark"
    ? { light: nearestReadable(accent, "light"), dark: accent }
    : { light: accent, dark: nearestReadable(accent, "dark") };
}

function readableAccent(hex: string, scheme: Scheme, path: string): Colour {
  const accent = parseColour(hex) ?? defaultAccents[scheme];
  const faint = findFaintPair(createPalette(accent, scheme));
  if (faint === undefined) return accent;
  const { name, front, back, contrast, least } = faint;
  // Rounded down: 4.499 is not enough, and must not look as if it were.
  const figure = Math.floor(contrast * 100) / 100;
  throw new ConfigurationError(
    path,
    `is too faint in the ${scheme} scheme: ${name} (${hexOf(front)} on ${hexOf(back)}) would have a contrast of ${figure}:1, and needs ${least}:1; ${hexOf(nearestReadable(accent, scheme))} is the nearest shade that can be read`,
  );
}

function readLogo({ path: src, image, alt, width, height }: PageLogo, path: string, appName?: string): ThemeLogo {
  const text = alt ?? appName;
  if (text === undefined) throw new ConfigurationError(`${path}.alt`, "is required without appName");
  if (src !== undefined && image === undefined) return { src, alt: text, width, height, file: undefined };
  if (src !== undefined) throw new ConfigurationError(path, "must have a path or an image, not both");
  const type = image && imageTypeOf(image);
  if (type === undefined) throw new ConfigurationError(path, "must have a path or an image");
  const bytes = new Uint8Array(image!);
  const version = createHash("sha256").update(bytes).digest("base64url").slice(0, 16);
  const name = `logo.${type.ending}`;
  return {
    src: `challenge/assets/${version}/${name}`,
    alt: text,
    width,
    height,
    file: { version, name, bytes, contentType: type.contentType },
  };
}
