import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSameAddress } from "../src/lib/address.ts";
import { matchLocale, parseLocale } from "../src/lib/locale.ts";
import { parseMailbox } from "../src/lib/mailbox.ts";
import { parsePhoneNumber } from "../src/lib/phone-number.ts";
import { asciiDigits, readTypedCode } from "../src/lib/typed-text.ts";

/** Every run of ten decimal digits that this version of Unicode has. */
const scripts: readonly string[] = (() => {
  const digits: string[] = [];
  for (let point = 0; point <= 0x1_ffff; point++) {
    const character = String.fromCodePoint(point);
    if (/^\p{Nd}$/u.test(character)) digits.push(character);
  }
  return Array.from({ length: digits.length / 10 }, (_, index) => digits.slice(index * 10, index * 10 + 10).join(""));
})();
const script = fc.constantFrom(...scripts);
const inScript = (text: string, digits: string): string => text.replaceAll(/\d/g, (one) => [...digits][Number(one)]!);

describe("C45: digits of every script", () => {
  it("are those of ASCII", () => {
    expect(scripts.length).toBeGreaterThan(60);
    for (const digits of scripts) expect(asciiDigits(digits)).toBe("0123456789");
  });

  it.each([
    ["123456", "123456"],
    ["123 456", "123456"],
    [" 123-456\n", "123456"],
    ["123\u2013456", "123456"],
    ["\u200e123456\u200f", "123456"],
    ["12\u200b3456", "123456"],
    ["١٢٣٤٥٦", "123456"],
    ["۱۲۳۴۵۶", "123456"],
    ["१२३४५६", "123456"],
    ["１２３４５６", "123456"],
    ["１２３ー４５６", "123456"],
    ["١٢٣ 456", "123456"],
    ["12345", undefined],
    ["1234567", undefined],
    ["12345a", undefined],
    ["12345六", undefined],
    ["①②③④⑤⑥", undefined],
    ["+123456", undefined],
    ["", undefined],
    [" ".repeat(100) + "123456", undefined],
    [123456, undefined],
    [null, undefined],
  ])("a typed code %j is %s", (typed, code) => {
    expect(readTypedCode(typed, 6)).toBe(code);
  });

  it("and separators change no code", () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\d{6}$/),
        script,
        fc.constantFrom("", " ", "-", "\u00a0", "\u200f"),
        (code, digits, gap) => {
          expect(readTypedCode([...inScript(code, digits)].join(gap), 6)).toBe(code);
        },
      ),
    );
  });
});

describe("C20: a telephone number", () => {
  it.each([
    ["+442079460958", "+442079460958"],
    ["+44 20 7946 0958", "+442079460958"],
    ["+44 (0)20 7946 0958", "+442079460958"],
    ["+44 (20) 7946-0958", "+442079460958"],
    ["+1 (415) 555-0100", "+14155550100"],
    ["+1.415.555.0100", "+14155550100"],
    ["+49 30/1234567", "+49301234567"],
    ["+33\u00a01\u00a023\u00a045\u00a067\u00a089", "+33123456789"],
    ["+1\u2011415\u2011555\u20110100", "+14155550100"],
    ["\u202a+1 415 555 0100\u202c", "+14155550100"],
    ["tel:+1-201-555-0123", "+12015550123"],
    ["TEL:+12015550123", "+12015550123"],
    ["＋１４１５５５５０１００", "+14155550100"],
    ["+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧", "+966501234567"],
    ["+14155550100\n", "+14155550100"],
    ["+39 06 1234 5678", "+390612345678"],
    ["+39 (0)6 1234 5678", "+390612345678"],
    ["+378 (0)549 991234", "+3780549991234"],
    ["＋８１ー９０ー１２３４ー５６７８", "+819012345678"],
  ])("%j is %s", (written, number) => {
    expect(parsePhoneNumber(written)).toBe(number);
  });

  it.each([
    "",
    "0171 1234567",
    "00442079460958",
    "011 44 20 7946 0958",
    "442079460958",
    "+0171 1234567",
    "+44",
    "+1234567890123456",
    "+1 415 555 0100 ext. 12",
    "+1 415 555 0100 x12",
    "tel:+12015550123;ext=12",
    "+14155550100,+14155550101",
    "+1 800 FLOWERS",
    "+1+4155550100",
    "++14155550100",
    "sip:+14155550100",
    ["+14155550100"],
    14155550100,
    null,
    undefined,
  ])("%j is none", (written) => {
    expect(parsePhoneNumber(written)).toBeUndefined();
  });

  it("is one text, however it is spaced, in whichever digits", () => {
    const number = fc.stringMatching(/^\+[1-9]\d{6,14}$/);
    fc.assert(
      fc.property(number, script, fc.constantFrom(" ", "-", ".", "/", "\u2013", "\u200e"), (text, digits, gap) => {
        expect(parsePhoneNumber([...inScript(text, digits)].join(gap).slice(0, 64))).toBe(
          [...inScript(text, digits)].join(gap).length <= 64 ? text : parsePhoneNumber(text.slice(0, 0)),
        );
      }),
    );
  });

  it("is E.164 or nothing, whatever is given", () => {
    fc.assert(
      fc.property(fc.oneof(fc.stringMatching(/^[+\d ().-]{0,30}$/), fc.string(), fc.anything()), (given) => {
        const number = parsePhoneNumber(given);
        if (number === undefined) return;
        expect(number).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(parsePhoneNumber(number)).toBe(number);
      }),
    );
  });
});

describe("C45: a mailbox", () => {
  it.each([
    ["ann@example.com", "ann@example.com"],
    [" Ann@Example.com\n", "Ann@Example.com"],
    ["ａｎｎ＠example．com", "ann@example.com"],
    ["ann@例子。公司｡cn", "ann@例子.公司.cn"],
    ["jose\u0301@example.com", "josé@example.com"],
    ["用户@例え.テスト", "用户@例え.テスト"],
    ["ann@bücher.example", "ann@bücher.example"],
    ["ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"],
    ["o'hara+tag/x=1!#$%&*?^`{|}~@example.com", "o'hara+tag/x=1!#$%&*?^`{|}~@example.com"],
    ["a..b@example.com", "a..b@example.com"],
    [`${"é".repeat(32)}@example.com`, `${"é".repeat(32)}@example.com`],
  ])("%j is read as %s", (given, mailbox) => {
    expect(parseMailbox(given)).toBe(mailbox);
  });

  it.each([
    "",
    "ann",
    "@example.com",
    "ann@",
    "ann@example",
    "ann@localhost",
    "ann@example..com",
    "ann@.example.com",
    "ann@example.com.",
    "ann@-example.com",
    "ann@exa_mple.com",
    "ann@192.0.2.7",
    "ann@[192.0.2.7]",
    "ann@example.com:25",
    "ann@exam%70le.com",
    "ann@bank@example.com",
    "ann@example.com, bob@example.com",
    "Ann <ann@example.com>",
    '"john doe"@example.com',
    "john doe@example.com",
    "ann(comment)@example.com",
    "ann@example.com\nBcc: bob@example.com",
    "an\u200bn@example.com",
    "ann@exam\u200dple.com",
    "ann@exam\u00adple.com",
    "\u202enna@example.com",
    "an\ufe0fn@example.com",
    "an\u0000n@example.com",
    "ann\ud800@example.com",
    `${"é".repeat(33)}@example.com`,
    `ann@${"a".repeat(64)}.com`,
    `a@${"b.".repeat(130)}com`,
    ["ann@example.com"],
    null,
    undefined,
  ])("%j is none", (given) => {
    expect(parseMailbox(given)).toBeUndefined();
  });

  it.each([
    ["Ann@Example.com", "ann@example.com"],
    ["ann@bücher.example", "ANN@XN--BCHER-KVA.EXAMPLE"],
    ["ann@BÜCHER.example", "ann@bu\u0308cher.example"],
    ["josé@example.com", "JOSE\u0301@example.com"],
    ["ann@example.com", "ann@example。com"],
    ["+14155550100", "+14155550100"],
  ])("C45: %s and %s are one", (one, other) => {
    expect(isSameAddress(one, other)).toBe(true);
    expect(isSameAddress(other, one)).toBe(true);
  });

  it.each([
    ["ann@example.com", "bob@example.com"],
    ["ann+a@example.com", "ann@example.com"],
    ["a.nn@gmail.com", "ann@gmail.com"],
    ["ann@example.com", "ann@example.org"],
    ["аnn@example.com", "ann@example.com"],
    ["ann@example.com", "an\u200bn@example.com"],
    ["", "ann@example.com"],
  ])("C45: %s and %s are two", (one, other) => {
    expect(isSameAddress(one, other)).toBe(false);
    expect(isSameAddress(other, one)).toBe(false);
  });

  it("is read once and for all", () => {
    const noise = fc.stringMatching(/^[\w.@ +"<>,é\u200b-]{0,40}$/);
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), noise, fc.string()), (given) => {
        const mailbox = parseMailbox(given);
        if (mailbox === undefined) return;
        expect(parseMailbox(mailbox)).toBe(mailbox);
        expect(mailbox.split("@")).toHaveLength(2);
        expect(mailbox).not.toMatch(/[\s"<>,;:\p{Cf}]/u);
        expect(isSameAddress(mailbox.toUpperCase(), mailbox)).toBe(true);
      }),
    );
  });
});

describe("C43: a locale", () => {
  it.each([
    ["de", "de"],
    ["pt_BR", "pt-BR"],
    ["pt-br", "pt-BR"],
    ["PT_BR.UTF-8", "pt-BR"],
    ["sr_RS@latin", "sr-RS"],
    ["zh-hant-tw", "zh-Hant-TW"],
    ["de-CH, de;q=0.9, en;q=0.8", "de-CH"],
    ["de;q=0.9", "de"],
    ["iw", "he"],
    ["en-u-ca-buddhist", "en-u-ca-buddhist"],
  ])("%j is %s", (given, locale) => {
    expect(parseLocale(given)).toBe(locale);
  });

  it.each([
    "",
    "C",
    "POSIX",
    "und",
    "UND",
    "und-DE",
    "und_Hant_TW",
    "*",
    "d",
    "x".repeat(300),
    "\u0000",
    "de--DE",
    7,
    null,
    undefined,
  ])("%j is none", (given) => {
    expect(parseLocale(given)).toBeUndefined();
  });

  it.each<readonly [readonly string[], readonly string[], string | undefined]>([
    [["zh-Hant-TW"], ["zh", "zh-Hant", "pt-BR"], "zh-Hant"],
    [["zh-TW"], ["zh", "zh-Hant", "pt-BR"], "zh-Hant"],
    [["zh_HK"], ["zh", "zh_Hant"], "zh_Hant"],
    [["zh-CN"], ["zh", "zh-Hant"], "zh"],
    [["pt_BR"], ["pt", "pt-BR"], "pt-BR"],
    [["pt-br"], ["pt_BR"], "pt_BR"],
    [["pt-PT"], ["pt-BR", "pt"], "pt"],
    [["pt-PT"], ["pt-BR"], "pt-BR"],
    [["pt"], ["en", "pt-BR"], "pt-BR"],
    [["zh"], ["zh-Hant", "zh-Hans"], "zh-Hans"],
    [["de-CH"], ["de-AT", "de"], "de"],
    [["zh-TW"], ["zh-Hans"], undefined],
    [["nb-NO"], ["en", "no"], "no"],
    [["no"], ["en", "nb"], "nb"],
    [["nn-NO", "en"], ["en", "nb"], "nb"],
    [["nn"], ["nb", "nn"], "nn"],
    [["yue-HK"], ["zh-Hans", "zh-Hant"], "zh-Hant"],
    [["pt-PT", "en"], ["pt-BR", "en"], "pt-BR"],
    [["de-CH-1996"], ["de-CH", "de"], "de-CH"],
    [["en-a-bbb-x-a-ccc"], ["en-a-bbb", "en"], "en-a-bbb"],
    [["sr-RS"], ["sr-Latn", "sr-Cyrl"], "sr-Cyrl"],
    [["xx", "de"], ["en", "de"], "de"],
    [["not a locale"], ["en"], undefined],
    [["*"], ["en"], undefined],
    [[], ["en"], undefined],
  ])("of %j finds among %j %s, by the lookup of RFC 4647", (wanted, available, found) => {
    expect(matchLocale(wanted, available)?.name).toBe(found);
  });

  it("finds nothing that is not there, and itself where it is", () => {
    const locale = fc.constantFrom("de", "de-AT", "pt-BR", "zh-Hant", "zh-TW", "en-GB", "sr-Latn-RS", "en-u-hc-h12");
    fc.assert(
      fc.property(fc.array(locale), fc.array(locale), locale, (wanted, available, one) => {
        const found = matchLocale(wanted, available)?.name;
        if (found !== undefined) expect(available).toContain(found);
        expect(matchLocale([one], [...available, one])).toEqual({ name: one, locale: one });
      }),
    );
  });
});
