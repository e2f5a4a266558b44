import { describe, expect, it } from "vitest";
import { languageNames } from "../../src/languages/catalogue.ts";
import { listPhoneCountries, readPhoneNumber } from "../../src/languages/phone-countries.ts";

describe("the countries of phone numbers", () => {
  it.each(languageNames)("are named in %s, in its order, with their codes", async (locale) => {
    const { countries, preferred } = await listPhoneCountries({ locale });
    expect(countries.length).toBeGreaterThan(200);
    expect(new Set(countries.map(([code]) => code)).size).toBe(countries.length);
    for (const [, label] of countries) expect(label).toMatch(/^\p{L}.* \u2066\+[1-9]\d{0,3}\u2069$/u);
    const names = countries.map(([, label]) => label.replace(/ \u2066.*/, ""));
    expect(names).toEqual(names.toSorted(new Intl.Collator(locale).compare));
    expect(countries.map(([code]) => code)).toContain(preferred);
  });

  it.each([
    ["en-GB", "GB"],
    ["en", "US"],
    ["de-CH", "CH"],
    ["pt-BR", "BR"],
    ["zh-Hant", "TW"],
    ["ar", "EG"],
  ])("begin with that of a reader of %s: %s", async (locale, code) => {
    expect((await listPhoneCountries({ locale })).preferred).toBe(code);
  });
});

describe("a phone number", () => {
  it.each([
    ["07700 900123", "GB", "+447700900123"],
    ["7700 900123", "GB", "+447700900123"],
    ["(0151) 234-567.89", "DE", "+4915123456789"],
    ["+49 151 23456789", "GB", "+4915123456789"],
    ["00 49 151 23456789", "GB", "+4915123456789"],
    ["011 44 7700 900123", "US", "+447700900123"],
    ["\u0660\u0661\u0660\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "EG", "+201001234567"],
    ["\u200e090-1234-5678\u200e", "JP", "+819012345678"],
    ["06 12345678", "NL", "+31612345678"],
    ["0612345678", "IT", "+390612345678"],
  ])("%j of %s is %s", async (written, country, number) => {
    expect(await readPhoneNumber(written, country)).toBe(number);
  });

  it.each<[given: unknown, country: unknown]>([
    ["07700 900123", undefined],
    ["07700 900123", "XX"],
    ["07700 900123", "constructor"],
    ["07700", "GB"],
    ["07700 900123 ext. 5", "GB"],
    ["+1", "US"],
    ["call me on 07700 900123", "GB"],
    ["", "GB"],
    ["+447700900123".padEnd(70, "0"), "GB"],
    [447_700_900_123, "GB"],
    [{}, {}],
    [null, "GB"],
  ])("%j of %j is none", async (given, country) => {
    expect(await readPhoneNumber(given, country)).toBeUndefined();
  });
});
