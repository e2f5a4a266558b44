import { ConfigurationError } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { compileMessage } from "../../src/languages/compile-message.ts";
import { formatMessage } from "../../src/languages/format-message.ts";
import { createLanguages } from "../../src/languages/languages.ts";
import { parseOverrides } from "../../src/languages/message-overrides.ts";

const text = (message: string, values: Readonly<Record<string, string | number>> = {}, locale = "en"): string =>
  formatMessage(compileMessage(message), values, locale);

describe("a message", () => {
  it.each<readonly [string, Readonly<Record<string, string | number>>, string, string]>([
    ["Sent to {address}.", { address: "a{b}c" }, "en", "Sent to a{b}c."],
    ["{n, plural, =0 {none} one {# day} other {# days}}", { n: 0 }, "en", "none"],
    ["{n, plural, =0 {none} one {# day} other {# days}}", { n: 1 }, "en", "1 day"],
    ["{n, plural, =0 {none} one {# day} other {# days}}", { n: 1200 }, "en", "1,200 days"],
    ["{n, plural, one {#} few {# dni} many {# dni} other {# dnia}}", { n: 1.5 }, "pl", "1,5 dnia"],
    ["{n, plural, two {يومين} other {# يوم}}", { n: 2 }, "ar", "يومين"],
    ["{n, plural, other {{name} has #}}", { n: 2, name: "Ann" }, "en", "Ann has 2"],
    ["{count} more", { count: 1000 }, "de", "1.000 more"],
    ["It''s '{here}'", {}, "en", "It's {here}"],
    ["<b>{name}</b>", { name: "<i>" }, "en", "<b><i></b>"],
  ])("%j with %j in %s is %j", (message, values, locale, expected) => {
    expect(text(message, values, locale)).toBe(expected);
  });

  it("is plain data, which needs no parser to be filled", () => {
    const message = compileMessage("In {n, plural, one {# day} other {# days}}");
    expect(JSON.parse(JSON.stringify(message))).toEqual([
      "In ",
      ["n", { one: [["n"], " day"], other: [["n"], " days"] }],
    ]);
  });
});

describe("overrides", () => {
  const languages = (given: unknown): ReturnType<typeof createLanguages> =>
    createLanguages(parseOverrides(given, "page.messages"));

  it("replace one text of one language, where HTML is text", () => {
    const own = languages({ de: { "code.send": "<b>Code</b> anfordern", "code.sentTo": "An {address} gesendet" } });
    expect(own.choose({ action: "de" }).text("code.send")).toBe("<b>Code</b> anfordern");
    expect(own.choose({ action: "de-AT" }).text("code.sentTo", { address: "a@b.example" })).toBe(
      "An a@b.example gesendet",
    );
    expect(own.choose({ action: "de" }).text("code.sent")).toBe("Der Code wurde gesendet.");
    expect(own.choose({ action: "en" }).text("code.send")).toBe("Send code");
  });

  it.each<readonly [unknown, string, RegExp]>([
    ["de", "page.messages", /must be an object/],
    [[], "page.messages", /must be an object/],
    [null, "page.messages", /must be an object/],
    [{ dee: {} }, "page.messages.dee", /is no language here: en, de, .*; did you mean "de"\?/],
    [{ zh: {} }, "page.messages.zh", /did you mean "zh-Hans"\?/],
    [{ pt_BR: {} }, "page.messages.pt_BR", /did you mean "pt-BR"\?/],
    [{ __proto__: null, constructor: {} }, "page.messages.constructor", /is no language here/],
    [{ de: [] }, "page.messages.de", /must be an object/],
    [{ de: { "code.sned": "x" } }, 'page.messages.de["code.sned"]', /is no key of a text; did you mean "code.send"\?/],
    [{ de: { toString: "x" } }, "page.messages.de.toString", /is no key of a text/],
    [{ de: { "code.send": 7 } }, 'page.messages.de["code.send"]', /must be a text/],
    [{ de: { "code.send": " " } }, 'page.messages.de["code.send"]', /must not be empty/],
    [{ de: { "code.send": "x".repeat(2001) } }, 'page.messages.de["code.send"]', /at most 2000 characters/],
    ...["Code {", "}", "{}", "a {0} b", "'{a}' {"].map(
      (text) =>
        [{ de: { "code.send": text } }, 'page.messages.de["code.send"]', /brace that belongs|that are names/] as const,
    ),
    [{ de: { "code.send": "{a" } }, 'page.messages.de["code.send"]', /is no ICU message: .*line 1 col \d+$/],
    [
      { de: { "code.send": "{a}" } },
      'page.messages.de["code.send"]',
      /the placeholder \{a\}; those of this text are: none$/,
    ],
    [
      { de: { "code.sentTo": "An {adress}" } },
      'page.messages.de["code.sentTo"]',
      /the placeholder \{adress\}; those of this text are: \{address\}; did you mean "address"\?/,
    ],
    [{ de: { "code.sentTo": "Gesendet" } }, 'page.messages.de["code.sentTo"]', /lacks the placeholder \{address\}/],
    [
      { de: { "text.confirm.body": "{code} {minutes, plural, few {#} other {#}}" } },
      'page.messages.de["text.confirm.body"]',
      /The plural case few is not valid in this locale/,
    ],
    [
      { de: { "text.confirm.body": "{code} {minutes, plural, one {#}}" } },
      'page.messages.de["text.confirm.body"]',
      /lacks the plural category "other"/,
    ],
    [
      { de: { "text.confirm.body": "{code} {minutes, plural, ones {#} other {#}}" } },
      'page.messages.de["text.confirm.body"]',
      /The plural case ones is not valid in this locale/,
    ],
    [
      { de: { "text.confirm.body": "{code} {minutes, number}" } },
      'page.messages.de["text.confirm.body"]',
      /plain placeholders and plurals/,
    ],
    [
      { de: { "text.confirm.body": "{code} {minutes, select, other {#}}" } },
      'page.messages.de["text.confirm.body"]',
      /plain placeholders and plurals/,
    ],
    [
      { de: { "text.confirm.body": "{code} {minutes, plural, offset:1 other {#}}" } },
      'page.messages.de["text.confirm.body"]',
      /no plural with an offset/,
    ],
  ])("%j are refused, at %s", (given, option, problem) => {
    const refusal = (): unknown => languages(given);
    expect(refusal).toThrow(ConfigurationError);
    expect(refusal).toThrow(expect.objectContaining({ option, problem: expect.stringMatching(problem) }));
  });
});
