import type { Language } from "../languages/languages.ts";

const acronyms: ReadonlySet<string> = new Set(["BIC", "IBAN", "ID", "IP", "PIN", "URL", "VAT"]);
/** As many characters of a value as a person reads before approving; the rest is cut off, and that it is shows. */
export const MAX_SHOWN = 256;
/** Scripts that are written with joiners, and emoji, which are put together with them. */
const JOINED =
  "\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Nko}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tibetan}\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f";

/** As many marks stand on one letter in any script: more are painted over the lines around it. @see https://www.unicode.org/reports/tr39/#Optional_Detection */
const MOST_MARKS = 4;

/**
 * Controls, marks that turn the order of letters around, letters that are not seen, and heaps of marks: one text could pass for
 * another, or cover it. But for the joiners and selectors where they do something: in the scripts that need them, and in emoji.
 */
const DECEPTIVE = new RegExp(
  `[\\p{Cc}\\u2028\\u2029]|(?!(?<=[${JOINED}])[\\u200c\\u200d]|(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]|(?<=[0-9#*])\\ufe0f\\u20e3)\\p{Default_Ignorable_Code_Point}|(?<=\\p{M}{${MOST_MARKS}})\\p{M}`,
  "gu",
);

/** `withdraw-funds` and `withdrawFunds` as people write it: `Withdraw funds`. */
export function readableName(name: string): string {
  const text = visible(name)
    .split(MADE_VISIBLE)
    .map((part, index) => (index % 2 === 1 ? part : inWords(part)))
    .join("")
    .trim();
  return text === "" ? visible(name) : text.charAt(0).toUpperCase() + text.slice(1);
}

function inWords(text: string): string {
  return text
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[\s_.-]+/)
    .map((word) => (acronyms.has(word.toUpperCase()) ? word.toUpperCase() : word.toLowerCase()))
    .join(" ");
}

/** What {@link visible} puts in place of a character, which stays as it is. */
const MADE_VISIBLE = /(\u27e8U\+[0-9A-F]{4,6}\u27e9)/;

/** The text with everything visible that a reader would not see. */
export function visible(text: string): string {
  return withoutDeceptive(
    text.replaceAll(/[\t\r\n]+/g, " "),
    (codePoint) => `\u27e8U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
  );
}

/** The text with something else in place of each character that a reader would not see. */
export function withoutDeceptive(text: string, replacement: (codePoint: number) => string): string {
  return text.replaceAll(DECEPTIVE, (character) => replacement(character.codePointAt(0) ?? 0));
}

/** The text as users see it: of a long one the start, with an ellipsis and how long it is. */
export function shownText(text: string, language: Pick<Language, "text">): string {
  if (text.length <= MAX_SHOWN) return visible(text);
  const start = visible(text.slice(0, MAX_SHOWN).toWellFormed());
  return language.text("details.cutOff", { text: start, length: text.length });
}
