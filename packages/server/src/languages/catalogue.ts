import { arabic } from "./catalogue/ar.ts";
import { german } from "./catalogue/de.ts";
import { english, type MessageKey, type Texts } from "./catalogue/en.ts";
import { spanish } from "./catalogue/es.ts";
import { french } from "./catalogue/fr.ts";
import { italian } from "./catalogue/it.ts";
import { japanese } from "./catalogue/ja.ts";
import { dutch } from "./catalogue/nl.ts";
import { polish } from "./catalogue/pl.ts";
import { brazilianPortuguese } from "./catalogue/pt-br.ts";
import { swedish } from "./catalogue/sv.ts";
import { turkish } from "./catalogue/tr.ts";
import { simplifiedChinese } from "./catalogue/zh-hans.ts";
import { traditionalChinese } from "./catalogue/zh-hant.ts";

/** The languages that there are texts in, as BCP 47 writes them. */
export type LanguageName =
  "en" | "de" | "fr" | "es" | "it" | "pt-BR" | "nl" | "pl" | "sv" | "tr" | "ja" | "zh-Hans" | "zh-Hant" | "ar";

/** All texts of all languages; of two in a script that a locale implies, the first one is for it. */
export const catalogue: Readonly<Record<LanguageName, Texts>> = {
  en: english,
  de: german,
  fr: french,
  es: spanish,
  it: italian,
  "pt-BR": brazilianPortuguese,
  nl: dutch,
  pl: polish,
  sv: swedish,
  tr: turkish,
  ja: japanese,
  "zh-Hans": simplifiedChinese,
  "zh-Hant": traditionalChinese,
  ar: arabic,
};

export const languageNames = Object.keys(catalogue) as readonly LanguageName[];

export const messageKeys = Object.keys(english) as readonly MessageKey[];
