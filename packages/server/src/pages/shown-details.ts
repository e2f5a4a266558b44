import type { ShownDetail } from "./page-state.ts";

type Custom = Readonly<Record<string, string | number | boolean>>;

const DECIMAL = /^(-?)(\d+)(\.\d+)?$/;
const CURRENCY = /^[A-Z]{3}$/;
const acronyms: ReadonlySet<string> = new Set(["BIC", "IBAN", "ID", "IP", "PIN", "URL", "VAT"]);
const MAX_MONEY_LENGTH = 64;
/** As many characters of a value as a person reads before approving; the rest is cut off, and that it is shows. */
const MAX_SHOWN = 256;
/** Scripts that are written with joiners, and emoji, which are put together with them. */
const JOINED =
  "\\p{Script=Arabic}\\p{Script=Syriac}\\p{Script=Nko}\\p{Script=Mongolian}\\p{Script=Devanagari}\\p{Script=Bengali}\\p{Script=Gurmukhi}\\p{Script=Gujarati}\\p{Script=Oriya}\\p{Script=Tamil}\\p{Script=Telugu}\\p{Script=Kannada}\\p{Script=Malayalam}\\p{Script=Sinhala}\\p{Script=Khmer}\\p{Script=Myanmar}\\p{Script=Tibetan}\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f";

/**
 * Controls, marks that turn the order of letters around, and letters that are not seen: one text could pass for another. But
 * for the joiners and selectors where they do something: in the scripts that need them, and in emoji.
 */
const DECEPTIVE = new RegExp(
  `[\\p{Cc}\\u2028\\u2029]|(?!(?<=[${JOINED}])[\\u200c\\u200d]|(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]|(?<=[0-9#*])\\ufe0f\\u20e3)\\p{Default_Ignorable_Code_Point}`,
  "gu",
);

/** The lines that say what is being approved: the amount with its currency, then everything else, in the order that the store keeps. */
export function shownDetails(custom: Custom): readonly ShownDetail[] {
  const fields = Object.entries(custom);
  const money = moneyOf(new Map(fields));
  const others = money === undefined ? fields : fields.filter(([name]) => name !== "amount" && name !== "currency");
  const lines = others.map(([name, value]) => ({ label: readableName(name), value: readableValue(value) }));
  return money === undefined ? lines : [{ label: "Amount", value: money, isMain: true }, ...lines];
}

/** `withdraw-funds` and `withdrawFunds` as people write it: `Withdraw funds`. */
export function readableName(name: string): string {
  const words = visible(name)
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .split(/[\s_.-]+/)
    .filter((word) => word !== "")
    .map((word) => (acronyms.has(word.toUpperCase()) ? word.toUpperCase() : word.toLowerCase()));
  const text = words.join(" ");
  return text === "" ? visible(name) : text.charAt(0).toUpperCase() + text.slice(1);
}

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

function readableValue(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return shownText(String(value));
}

/** The text as users see it: of a long one the start, with an ellipsis and how long it is. */
export function shownText(text: string): string {
  if (text.length <= MAX_SHOWN) return visible(text);
  return `${visible(text.slice(0, MAX_SHOWN).toWellFormed())}… (cut off, of ${text.length} characters)`;
}

/** `1234567` as `1,234,567`, in one pass. */
function groupDigits(digits: string): string {
  const first = digits.length % 3;
  const groups = first === 0 ? [] : [digits.slice(0, first)];
  for (let at = first; at < digits.length; at += 3) groups.push(digits.slice(at, at + 3));
  return groups.join(",");
}

/** Every digit as it was approved: grouped, never rounded. */
function moneyOf(fields: ReadonlyMap<string, string | number | boolean>): string | undefined {
  const currency = fields.get("currency");
  const [, sign = "", whole, fraction = ""] = DECIMAL.exec(String(fields.get("amount"))) ?? [];
  // Beyond what is money anywhere it is shown as any other text, cut off.
  if (
    whole === undefined ||
    whole.length + fraction.length > MAX_MONEY_LENGTH ||
    typeof currency !== "string" ||
    !CURRENCY.test(currency)
  )
    return undefined;
  return `${currency} ${sign}${groupDigits(whole)}${fraction}`;
}
