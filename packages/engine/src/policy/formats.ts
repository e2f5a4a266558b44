import { nearest } from "@require-action/core/options";
import { parseClientAddress } from "@require-action/core/provider";
import { isIban } from "../lib/iban.ts";
import { parseLocale } from "../lib/locale.ts";
import { parseMailbox } from "../lib/mailbox.ts";
import { parsePhoneNumber } from "../lib/phone-number.ts";
import type { DataPoint, DataPointFormat } from "./model/policy.ts";
import type { Mistakes, Path } from "./reading/mistakes.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Of RFC 3339, with a known offset, and no leap second. */
const DATE_TIME =
  /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|\+(?:0\d|1[0-4]):[0-5]\d|-(?!00:00)(?:0\d|1[0-2]):[0-5]\d)$/;

interface Format {
  /** What a message calls it. */
  readonly words: string;
  readonly matches: (text: string) => boolean;
}

const anything = { words: "a value", matches: () => true } as const;

/** No regular expressions of a policy's own: they may take long. */
const formats: Readonly<Record<DataPointFormat, Format>> = {
  date: { words: "a date, as 2026-01-31", matches: isDate },
  dateTime: {
    words: "a time with its offset, as 2026-01-31T14:30:00Z",
    matches: (text) => isDate(DATE_TIME.exec(text)?.[1] ?? ""),
  },
  email: { words: "a mailbox", matches: (text) => parseMailbox(text) === text },
  iban: { words: "an IBAN without spaces", matches: isIban },
  ip: { words: "an IP address", matches: (text) => parseClientAddress(text) === text },
  masked: anything,
  money: anything,
  phoneNumber: { words: "a telephone number in E.164", matches: (text) => parsePhoneNumber(text) === text },
  uuid: { words: "a UUID", matches: (text) => UUID.test(text) },
};

export const formatNames = Object.keys(formats) as readonly DataPointFormat[];

/** True for a text in the canonical form of what the format says it is. */
export function matchesFormat(format: DataPointFormat, text: string): boolean {
  return formats[format].matches(text);
}

/** What a message calls a value of the format. */
export function wordsFor(format: DataPointFormat): string {
  return formats[format].words;
}

/** Reports a format that does not fit the type of its data point, and money without a currency. */
export function reportFormat(
  { name, type, model = "action", format, currency }: DataPoint,
  declared: ReadonlyMap<string, DataPoint>,
  path: Path,
  mistakes: Mistakes,
): void {
  const isMoney = format === "money";
  const isNumber = type === "number" || type === "decimal";
  if (format !== undefined && (isMoney ? !isNumber : type !== "text"))
    mistakes.add([...path, "format"], `is for ${isMoney ? "numbers and decimals" : "texts"}, and this is a ${type}`);
  if (!isMoney) {
    if (currency !== undefined) mistakes.add([...path, "currency"], "is for the format money");
    return;
  }
  const at = [...path, "currency"];
  if (currency === undefined) return mistakes.add(at, "is missing: money needs the data point that holds its currency");
  const found = declared.get(currency);
  const texts = [...declared.values()].filter((one) => one.type === "text").map((one) => one.name);
  if (found === undefined) mistakes.add(at, `${currency} is not a declared data point`, nearest(currency, texts));
  else if (found.type !== "text") mistakes.add(at, `${currency} is a ${found.type}, and a currency is a text`);
  else if ((found.model ?? "action") !== model)
    mistakes.add(at, `${currency} does not come from where ${name} does: the model of both has to be the same`);
}

/** Reports labels under names that are no locales: nobody would see them. */
export function reportLabels({ label }: DataPoint, path: Path, mistakes: Mistakes): void {
  if (typeof label !== "object") return;
  for (const locale of Object.keys(label)) {
    if (parseLocale(locale) === undefined) mistakes.add([...path, "label", locale], "is not a locale, as en or pt-BR");
  }
}

function isDate(text: string): boolean {
  if (!DATE.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
