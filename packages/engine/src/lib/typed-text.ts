/** What nobody sees: zero-width letters, marks of direction, variation selectors, soft hyphens. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/u;
const ALL_INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
/** The long vowel mark of Japanese keyboards is where others have the dash. */
const SEPARATORS = /[\s\p{Pd}\u30fc\uff70\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
const DIGIT = /^\p{Nd}$/u;
const OTHER_DIGITS = /(?![0-9])\p{Nd}/gu;

/** Longer than a code with separators is in any script. */
const MAX_TYPED = 64;

/** True for a text that holds letters which nobody sees. */
export function hasInvisible(text: string): boolean {
  return INVISIBLE.test(text);
}

/** The text without what nobody sees, such as the marks of direction that come along when a number is copied. */
export function withoutInvisible(text: string): string {
  return text.replaceAll(ALL_INVISIBLE, "");
}

/**
 * Writes the decimal digits of every script in ASCII, as a keyboard in Arabic, Bengali or Thai types them.
 * @see https://www.unicode.org/reports/tr44/#Numeric_Type (General_Category Nd)
 */
export function asciiDigits(text: string): string {
  return text.replaceAll(OTHER_DIGITS, (digit) => String(digitValue(digit.codePointAt(0) ?? 0)));
}

/** Unicode keeps decimal digits in runs of ten, 0 to 9, so that the value is the place in the run. */
function digitValue(codePoint: number): number {
  let first = codePoint;
  while (DIGIT.test(String.fromCodePoint(first - 1))) first--;
  return (codePoint - first) % 10;
}

/**
 * Reads a code of decimal digits as people type and paste it: with spaces, dashes and invisible letters, in the digits of any
 * script. `undefined` for what is no such code.
 */
export function readTypedCode(given: unknown, digits: number): string | undefined {
  if (typeof given !== "string" || given.length > MAX_TYPED) return undefined;
  const code = asciiDigits(withoutSeparators(given));
  return code.length === digits && /^\d+$/.test(code) ? code : undefined;
}

/** The text without spaces, dashes and what nobody sees. */
export function withoutSeparators(text: string): string {
  return text.replaceAll(SEPARATORS, "");
}

/** The widths of letters, as fullwidth forms are typed in East Asia, made those of ASCII (RFC 8265 section 3.3.2, width mapping). */
export function asciiWidth(text: string): string {
  return text.replaceAll(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
}
