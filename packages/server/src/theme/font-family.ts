/**
 * Families that every browser has a font for.
 * @see https://www.w3.org/TR/css-fonts-4/#generic-font-families
 */
export const genericFamilies: ReadonlySet<string> = new Set([
  "serif",
  "sans-serif",
  "monospace",
  "system-ui",
  "ui-serif",
  "ui-sans-serif",
  "ui-monospace",
  "ui-rounded",
]);

/** Names that browsers know without quotes only. */
const unquoted: ReadonlySet<string> = new Set([...genericFamilies, "-apple-system", "blinkmacsystemfont"]);

export const defaultFonts: readonly string[] = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"];

/** True for a name of letters of any script, digits, blanks, dots, hyphens and underscores: none ends a string of CSS. */
export function isFontName(value: unknown): value is string {
  return typeof value === "string" && /^[\p{L}\p{N}_-][\p{L}\p{M}\p{N} ._-]{0,63}$/u.test(value);
}

/** The value of `font-family` for names that {@link isFontName} accepts. */
export function fontFamilyOf(names: readonly string[]): string {
  return names.map((name) => (unquoted.has(name.toLowerCase()) ? name : `"${name}"`)).join(",");
}
