// Without imports, since the browser's side of the page is made of it too.

/**
 * A message that is parsed, as plain data: a text, or its parts in order. A part is a text, the name of a value, or a name and the
 * messages for each category of its number.
 */
export type CompiledMessage = string | readonly MessagePart[];

type MessagePart = string | readonly [name: string] | readonly [name: string, cases: PluralCases];

/** The messages for the plural categories of CLDR, and for exact numbers as `=0`. `other` is always there. */
interface PluralCases {
  readonly [category: string]: CompiledMessage;
}

/** A language of the page. */
export interface PageLanguage {
  /** For `lang`. */
  readonly tag: string;
  readonly direction: "ltr" | "rtl";
  readonly messages: Readonly<Record<string, CompiledMessage>>;
}

/** What a message is filled with, by the names of its placeholders. */
export type MessageValues<Value> = Readonly<Record<string, Value | number>>;

/**
 * Fills a message, and leaves its values apart from its texts, so that nobody can write words of the page by what they are
 * called. Numbers become texts, as the locale writes them.
 */
export function messageParts<Value>(
  message: CompiledMessage,
  values: MessageValues<Value>,
  locale: string,
): readonly (string | { readonly value: Value })[] {
  if (typeof message === "string") return [message];
  return message.flatMap((part): readonly (string | { readonly value: Value })[] => {
    if (typeof part === "string") return [part];
    const [name, cases] = part;
    const value = values[name];
    if (value === undefined) return [];
    if (cases !== undefined) {
      const count = Number(value);
      const chosen = cases[`=${count}`] ?? cases[new Intl.PluralRules(locale).select(count)] ?? cases["other"] ?? "";
      return messageParts(chosen, values, locale);
    }
    return [typeof value === "number" ? new Intl.NumberFormat(locale).format(value) : { value }];
  });
}

/** Fills a message with texts. */
export function formatMessage(message: CompiledMessage, values: MessageValues<string>, locale: string): string {
  return messageParts(message, values, locale)
    .map((part) => (typeof part === "string" ? part : part.value))
    .join("");
}

/**
 * The locale for numbers and dates in a language: with the digits of ASCII, as codes and account numbers have to be typed in
 * them.
 */
export function formatLocale(tag: string): string {
  return `${tag}-u-nu-latn`;
}
