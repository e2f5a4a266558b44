import { matchLocale } from "@require-action/engine/server";
import { catalogue, type LanguageName, languageNames, messageKeys } from "./catalogue.ts";
import type { MessageKey } from "./catalogue/en.ts";
import { compileMessage } from "./compile-message.ts";
import { type CompiledMessage, formatLocale, formatMessage, type MessageValues } from "./format-message.ts";
import { type LanguageHints, wantedLocales } from "./wanted-locales.ts";
import type { CompiledOverrides } from "./message-overrides.ts";

/** All messages of a language. */
type Messages = Readonly<Record<MessageKey, CompiledMessage>>;

/** A language, as one reader has it. */
export interface Language {
  /** For the attribute `lang`: the language, with the reader's own region. */
  readonly tag: string;
  readonly direction: "ltr" | "rtl";
  /** For numbers and dates. */
  readonly locale: string;
  readonly messages: Messages;
  /** Fills a message. */
  text(key: MessageKey, values?: MessageValues<string>): string;
}

/** The languages of a server, with its overrides. */
export interface Languages {
  /** The language for a reader: English where none that they want is here. */
  choose(hints: LanguageHints): Language;
}

const rightToLeft: ReadonlySet<LanguageName> = new Set(["ar"]);

/** Creates the languages of a server. The messages of each are compiled when they are first needed. */
export function createLanguages(overrides: CompiledOverrides): Languages {
  const compiled = new Map<LanguageName, Messages>();

  function messagesOf(name: LanguageName): Messages {
    const known = compiled.get(name);
    if (known !== undefined) return known;
    const texts = catalogue[name];
    const own = overrides.get(name);
    const messages = Object.fromEntries(
      messageKeys.map((key) => [key, own?.get(key) ?? compileMessage(texts[key])] as const),
    ) as Messages;
    compiled.set(name, messages);
    return messages;
  }

  return {
    choose(hints) {
      const { name, tag } = negotiate(wantedLocales(hints));
      const messages = messagesOf(name);
      const locale = formatLocale(tag);
      return {
        tag,
        direction: rightToLeft.has(name) ? "rtl" : "ltr",
        locale,
        messages,
        text: (key, values = {}) => formatMessage(messages[key], values, locale),
      };
    },
  };
}

function negotiate(wanted: readonly string[]): { readonly name: LanguageName; readonly tag: string } {
  const matched = matchLocale(wanted, languageNames);
  if (matched === undefined) return { name: "en", tag: "en" };
  const name = matched.name as LanguageName;
  return { name, tag: tagOf(matched.locale, name) };
}

/** The reader's own locale where it says more than the language's name, as `de-CH`; without its extensions. */
function tagOf(locale: string, name: LanguageName): string {
  const { language, script, region } = new Intl.Locale(locale);
  const own = [language, script, region].filter((part) => part !== undefined).join("-");
  return own === language ? name : own;
}
