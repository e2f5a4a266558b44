/** Country, check digits, and what the country makes of the rest: 15 to 34 characters (ISO 13616). */
const IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

/**
 * True for an IBAN in its electronic form, without spaces, whose check digits are right.
 * @see https://www.iso.org/standard/81090.html
 */
export function isIban(text: string): boolean {
  if (!IBAN.test(text)) return false;
  const digits = (text.slice(4) + text.slice(0, 4)).replaceAll(/[A-Z]/g, (letter) => String(parseInt(letter, 36)));
  return BigInt(digits) % 97n === 1n;
}
