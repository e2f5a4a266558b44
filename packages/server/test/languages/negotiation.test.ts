import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { languageNames } from "../../src/languages/catalogue.ts";
import { createLanguages } from "../../src/languages/languages.ts";
import type { LanguageHints } from "../../src/languages/wanted-locales.ts";

const languages = createLanguages(new Map());
const chosen = (hints: LanguageHints): string => languages.choose(hints).tag;
const english = languages.choose({}).messages;

describe("the language of a reader", () => {
  it.each<readonly [string, string, string]>([
    ["zh-Hant-TW", "zh-Hant-TW", "核准"],
    ["zh-TW", "zh-TW", "核准"],
    ["zh_HK", "zh-HK", "核准"],
    ["zh", "zh-Hans", "批准"],
    ["zh-CN", "zh-CN", "批准"],
    ["pt_BR", "pt-BR", "Aprovar"],
    ["pt-br", "pt-BR", "Aprovar"],
    ["pt", "pt-BR", "Aprovar"],
    ["pt-PT", "pt-PT", "Aprovar"],
    ["de-CH-1996", "de-CH", "Freigeben"],
    ["DE", "de", "Freigeben"],
    ["es-MX-u-ca-buddhist-nu-thai", "es-MX", "Aprobar"],
    ["ar_EG.UTF-8", "ar-EG", "موافقة"],
    ["en-GB", "en-GB", "Approve"],
    ["fi", "en", "Approve"],
    ["zz-Zzzz-zz", "en", "Approve"],
    ["<script>", "en", "Approve"],
    ["", "en", "Approve"],
  ])("C43: of the locale %j is %s", (locale, tag, approve) => {
    const language = languages.choose({ action: locale });
    expect(language.tag).toBe(tag);
    expect(language.text("common.approve")).toBe(approve);
  });

  it("C43: is that of the action, else the user's, else the address's, else the browser's", () => {
    const all = { action: "de", user: "fr", uiLocales: "es it", acceptLanguage: "ja" };
    expect(chosen(all)).toBe("de");
    expect(chosen({ ...all, action: undefined })).toBe("fr");
    expect(chosen({ ...all, action: "fi", user: undefined })).toBe("es");
    expect(chosen({ ...all, action: undefined, user: undefined, uiLocales: "fi it" })).toBe("it");
    expect(chosen({ acceptLanguage: all.acceptLanguage })).toBe("ja");
    expect(chosen({ acceptLanguage: null })).toBe("en");
  });

  it.each<readonly [string, string]>([
    ["de;q=0.5, fr", "fr"],
    ["fi, de;q=0.8, fr;q=0.9", "fr"],
    ["fr;q=0, de;q=0.1", "de"],
    ["*, de;q=0.2", "de"],
    ["de;q=2, nl", "nl"],
    ["de;q=x, nl;Q=0.3", "nl"],
    ["de-DE,de;q=0.9,en;q=0.8", "de-DE"],
    [`${"fi,".repeat(500)}de`, "en"],
  ])("C43: of Accept-Language: %s is %s", (acceptLanguage, tag) => {
    expect(chosen({ acceptLanguage })).toBe(tag);
  });

  it("C43: is always one that is here, whatever is said", () => {
    const odd = fc.oneof(fc.string(), fc.constantFrom(...languageNames, "*", "en-u-nu-arab", "i-klingon", "x-own"));
    fc.assert(
      fc.property(fc.record({ action: odd, user: odd, uiLocales: odd, acceptLanguage: odd }), (hints) => {
        const { tag, locale, direction, messages } = languages.choose(hints);
        expect(new Intl.Locale(tag).baseName).toBe(tag);
        expect(Intl.NumberFormat.supportedLocalesOf(tag)).toEqual([tag]);
        expect(new Intl.NumberFormat(locale).format(1234567)).toMatch(/^[0-9\p{P}\p{Zs}\p{Cf}]+$/u);
        expect(direction === "rtl").toBe(tag.startsWith("ar"));
        expect(Object.keys(messages)).toEqual(Object.keys(english));
      }),
    );
  });
});
