import { asciiDigits, asciiWidth, withoutInvisible } from "./typed-text.ts";

const MAX_WRITTEN = 64;
/** The separators of RFC 3966 section 5.1.1, and what people put in their place, as the long vowel mark of Japanese keyboards. */
const SEPARATORS = /[\s\p{Pd}().\u00b7\u2022\u2212\u30fc\uff70/]/gu;
/** The digit of calls within a country, as in `+44 (0)20`: not dialled behind a country code (ITU-T E.123). */
const TRUNK = /^(\+[^(]*)\(\s*0\s*\)/;
/** Italy and San Marino, where the zero is part of the number. */
const KEEPS_ZERO = /^\+(?:39|378)/;
/** A plus sign, and 7 to 15 digits of which the first is a country's. */
const E164 = /^\+[1-9]\d{6,14}$/;

/**
 * Reads an international telephone number as people write it, and returns it in E.164: with spaces, dashes, dots, slashes and
 * brackets, `(0)`, a `tel:` in front, the marks of direction that come along with a copied one, in the digits of any script.
 *
 * `undefined` for a national number, whose country nobody has said, for an international prefix such as `00`, which differs
 * between countries, and for extensions and other parameters, which no message reaches.
 *
 * @see https://www.itu.int/rec/T-REC-E.164
 * @see https://www.rfc-editor.org/rfc/rfc3966
 */
export function parsePhoneNumber(given: unknown): string | undefined {
  if (typeof given !== "string" || given.length > MAX_WRITTEN) return undefined;
  const text = asciiDigits(asciiWidth(withoutInvisible(given)).trim());
  const written = text.replace(/^tel:/i, "");
  const whole = written.replaceAll(SEPARATORS, "");
  const number = KEEPS_ZERO.test(whole) ? whole : written.replace(TRUNK, "$1").replaceAll(SEPARATORS, "");
  return E164.test(number) ? number : undefined;
}
