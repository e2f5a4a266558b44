import { matchesFormat } from "@require-action/engine/server";
import type { DataPointFormat } from "@require-action/engine/policy";
import type { Language } from "../languages/languages.ts";
import { MAX_SHOWN, shownText } from "./visible-text.ts";

const AMOUNT = /^(-?(?:0|[1-9]\d*))(?:\.(\d+))?$/;
const CURRENCY = /^[A-Z]{3}$/;
const DATE_TIME = /^([1-9]\d{3}-\d\d-\d\dT\d\d:\d\d:(\d\d))(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/;
const MASK = "\u2022\u2022\u2022\u2022";
const UNMASKED = 4;
/** Formatters are dear to make. A page asks for few of them, time and again; strangers may ask for any. */
const MOST_KEPT = 100;

/** The locale of numbers and dates, and the words around them. */
export type Wording = Pick<Language, "locale" | "text">;

/**
 * Formats an amount exactly, with the code of its currency, since a sign such as $ is that of many: every digit is shown, and
 * as many after the point as the currency has at least.
 * @returns `undefined` for what is no decimal, and without a currency of ISO 4217
 */
export function formatMoney(amount: string, currency: unknown, locale: string): string | undefined {
  const [, whole, written = ""] = AMOUNT.exec(amount) ?? [];
  // Beyond what is money anywhere it is shown as any other text, cut off.
  if (whole === undefined || amount.length > MAX_SHOWN || !isCurrency(currency)) return undefined;
  const { fractionDigits, withoutFraction, withFraction } = moneyFormat(locale, currency);
  const fraction = written.padEnd(fractionDigits, "0");
  // The digits after the point are put in by themselves: Node 20 formats no more than 20 of them, and rounds the others away.
  return (fraction === "" ? withoutFraction : withFraction)
    .formatToParts(whole as `${number}`)
    .map(({ type, value }) => (type === "fraction" ? localDigits(fraction, locale) : value))
    .join("");
}

/** How a locale writes money of a currency. */
interface MoneyFormat {
  readonly fractionDigits: number;
  readonly withoutFraction: Intl.NumberFormat;
  readonly withFraction: Intl.NumberFormat;
}

const moneyFormats = new Map<string, MoneyFormat>();

function moneyFormat(locale: string, currency: string): MoneyFormat {
  return keep(moneyFormats, `${locale} ${currency}`, () => {
    const options = { style: "currency", currency, currencyDisplay: "code" } as const;
    const withDigits = (digits: number): Intl.NumberFormat =>
      new Intl.NumberFormat(locale, { ...options, minimumFractionDigits: digits, maximumFractionDigits: digits });
    const { maximumFractionDigits = 0 } = new Intl.NumberFormat(locale, options).resolvedOptions();
    return { fractionDigits: maximumFractionDigits, withoutFraction: withDigits(0), withFraction: withDigits(1) };
  });
}

const digitsOfLocales = new Map<string, readonly string[]>();

/** Digits as the locale writes them, such as those of Arabic. */
function localDigits(digits: string, locale: string): string {
  const local = keep(digitsOfLocales, locale, () =>
    [...new Intl.NumberFormat(locale, { useGrouping: false }).format(9_876_543_210)].reverse(),
  );
  return digits.replaceAll(/\d/g, (digit) => local[Number(digit)] ?? digit);
}

/** What was made for a key, or else made now and kept. */
function keep<Made>(kept: Map<string, Made>, key: string, make: () => Made): Made {
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= MOST_KEPT) kept.clear();
  const made = make();
  kept.set(key, made);
  return made;
}

// Made when it is first used: that takes milliseconds, which each import would take longer.
let currencyNames: Intl.DisplayNames | undefined;

function isCurrency(code: unknown): code is string {
  if (typeof code !== "string" || !CURRENCY.test(code)) return false;
  // XXX is the code for what has no currency.
  currencyNames ??= new Intl.DisplayNames("en", { type: "currency", fallback: "none" });
  return code !== "XXX" && currencyNames.of(code) !== undefined;
}

/**
 * Formats a text for its reader. Two texts never look the same that would not without a format, unless they are `masked` or
 * the same time written in two ways.
 */
export function formatText(text: string, format: DataPointFormat | undefined, language: Wording): string {
  switch (format) {
    case "masked":
      return masked(text, language);
    case "date":
    case "dateTime":
    case "iban":
      return (
        (matchesFormat(format, text) ? formatters[format](text, language.locale) : undefined) ??
        asWritten(text, language)
      );
    default:
      return shownText(text, language);
  }
}

const formatters = {
  // Where the year has four digits: the long form does not say that one is before Christ.
  date: (text: string, locale: string) =>
    text.startsWith("0") ? undefined : dateFormat(locale, { dateStyle: "long" }).format(Date.parse(text)),
  dateTime: formatDateTime,
  iban: (text: string) => text.replaceAll(/.{4}(?=.)/g, "$& "),
} as const;

/** In the offset that it was written with, which it names: nobody here knows where its reader is. */
function formatDateTime(text: string, locale: string): string | undefined {
  const [, local, seconds, fraction = "", offset = ""] = DATE_TIME.exec(text) ?? [];
  if (local === undefined) return undefined;
  let digits = fraction;
  while (digits.endsWith("0")) digits = digits.slice(0, -1);
  const timeStyle = seconds === "00" && digits === "" ? "short" : "medium";
  const written = dateFormat(locale, { dateStyle: "long", timeStyle })
    .formatToParts(Date.parse(`${local}Z`))
    .map(({ type, value }) => (type === "second" && digits !== "" ? `${value}.${localDigits(digits, locale)}` : value))
    .join("");
  return `${written} UTC${offset === "Z" || offset === "+00:00" ? "" : offset}`;
}

function dateFormat(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: "UTC" });
}

/** The last characters, where they are not half of all. */
function masked(text: string, language: Wording): string {
  const characters = Array.from(text.slice(-UNMASKED * 4));
  return characters.length < UNMASKED * 2
    ? MASK
    : `${MASK} ${shownText(characters.slice(-UNMASKED).join(""), language)}`;
}

/**
 * A text that its format cannot read. It stands in quotation marks where it could pass for one that was formatted: those
 * all have digits, and a space or a letter beyond ASCII.
 */
export function asWritten(text: string, language: Wording): string {
  const shown = shownText(text, language);
  return /\p{Nd}/u.test(text) && /[^\x21-\x7e]/.test(text) ? `\u201c${shown}\u201d` : shown;
}
