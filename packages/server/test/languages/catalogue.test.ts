import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue, languageNames, messageKeys } from "../../src/languages/catalogue.ts";
import type { MessageKey } from "../../src/languages/catalogue/en.ts";
import { compileMessage, namesIn } from "../../src/languages/compile-message.ts";
import { filesBelow } from "../../../../test/workspace.ts";

/** Texts that are the same in two languages, since people say it that way. */
const sameAsEnglish: ReadonlySet<MessageKey> = new Set([
  "method.whatsApp",
  "method.passkey",
  "method.sms",
  "method.email",
  "link.browser",
  "page.privacy",
  "details.no",
  "text.detail",
  "settings.name",
]);

describe("the catalogue", () => {
  it("has each text that a page or message names, and no other", () => {
    const sources = [...filesBelow("packages/server/src", ".ts"), ...filesBelow("packages/server/src", ".js")]
      .filter((file) => !file.includes("/languages/catalogue") && !file.endsWith("/page-files.ts"))
      .map((file) => readFileSync(new URL(`../../../../${file}`, import.meta.url), "utf8"))
      .join("\n");
    const named = new Set([...sources.matchAll(/["'`]([a-z]\w*(?:\.\w+)+)["'`]/gi)].map(([, key]) => key));
    expect(messageKeys.filter((key) => !named.has(key))).toEqual([]);
  });

  describe.each(languageNames)("in %s", (name) => {
    const texts = catalogue[name];
    const categories = new Intl.PluralRules(name).resolvedOptions().pluralCategories;

    it("has every key, in the same order", () => {
      expect(Object.keys(texts)).toEqual(messageKeys);
    });

    it("has the placeholders of English in each text, and in each plural the categories of the language", () => {
      for (const key of messageKeys) {
        const { placeholders, categories: used } = namesIn(compileMessage(texts[key]));
        expect([...placeholders].sort(), key).toEqual(
          [...namesIn(compileMessage(catalogue.en[key])).placeholders].sort(),
        );
        for (const one of used) expect([...one].sort(), key).toEqual([...categories].sort());
      }
    });

    it("has no markup, no straight apostrophe, which ICU reads as a quote, and no blank at an end", () => {
      for (const key of messageKeys) {
        expect(texts[key], key).not.toMatch(/[<>&]|'|"|^\s|\s$|\.\.\./);
        expect(texts[key], key).not.toMatch(/\p{Default_Ignorable_Code_Point}|(?!\n)\p{Cc}/u);
      }
    });

    it("is translated", () => {
      const same = messageKeys.filter((key) => texts[key] === catalogue.en[key] && !sameAsEnglish.has(key));
      expect(same).toEqual(name === "en" ? messageKeys.filter((key) => !sameAsEnglish.has(key)) : []);
    });

    it("ends a text as English does: a sentence with its mark, a label without", () => {
      const isSentence = (text: string): boolean => /[.?!:…。？！：।؟]$/u.test(text);
      for (const key of messageKeys) expect(isSentence(texts[key]), key).toBe(isSentence(catalogue.en[key]));
    });
  });
});
