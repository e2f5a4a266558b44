import type { ShownDetail } from "./page-state.ts";

type Custom = Readonly<Record<string, string | number | boolean>>;

const DECIMAL = /^(-?)(\d+)(\.\d+)?$/;
const CURRENCY = /^[A-Z]{3}$/;
const acronyms: ReadonlySet<string> = new Set(["BIC", "IBAN", "ID", "IP", "PIN", "URL", "VAT"]);
const DIGIT_GROUPS = /\B(?=(?:\d{3})+$)/g;
/**
 * Controls, marks that turn the order of letters around, and letters that are not seen: one text could pass for another. But
 * for the joiners and selectors that some scripts and all emoji are written with.
 */
const DECEPTIVE = /[\p{Cc}\u2028\u2029]|(?!\u200c|\u200d|\ufe0e|\ufe0f)\p{Default_Ignorable_Code_Point}/gu;

/** The lines that say what is being approved: the amount with its currency, then everything else, in the order that the store keeps. */
export function shownDetails(custom: Custom, hiddenFields: ReadonlySet<string>): readonly ShownDetail[] {
  const fields = Object.entries(custom).filter(([name]) => !hiddenFields.has(name));
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
  return text
    .replaceAll(/[\t\r\n]+/g, " ")
    .replaceAll(
      DECEPTIVE,
      (character) => `\u27e8U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
    );
}

function readableValue(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return visible(String(value));
}

/** Every digit as it was approved: grouped, never rounded. */
function moneyOf(fields: ReadonlyMap<string, string | number | boolean>): string | undefined {
  const currency = fields.get("currency");
  const [, sign = "", whole, fraction = ""] = DECIMAL.exec(String(fields.get("amount"))) ?? [];
  if (whole === undefined || typeof currency !== "string" || !CURRENCY.test(currency)) return undefined;
  return `${currency} ${sign}${whole.replaceAll(DIGIT_GROUPS, ",")}${fraction}`;
}
