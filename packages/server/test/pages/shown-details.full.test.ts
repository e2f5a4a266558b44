import type { DataPoint } from "@require-action/engine/policy";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLanguages } from "../../src/languages/languages.ts";
import { shownDetails } from "../../src/pages/shown-details.ts";
import { shownText as shownTextIn } from "../../src/pages/visible-text.ts";

const english = createLanguages(new Map()).choose({});

const shownText = (text: string): string => shownTextIn(text, english);

type Fields = Parameters<typeof shownDetails>[0];

function show(fields: Fields, dataPoints: readonly Partial<DataPoint>[] = [], locale = "en") {
  const byName = new Map(dataPoints.map((one) => [one.name ?? "", { type: "text", ...one } as DataPoint]));
  // Intl sets amounts and codes apart by spaces that do not break.
  return shownDetails(fields, { dataPoints: byName, language: { ...english, locale } }).map((line) => ({
    ...line,
    value: line.value.replaceAll(/[\u00a0\u202f]/g, " "),
  }));
}

const money = (amount: string | number, currency: unknown = "EUR", locale = "en"): string | undefined =>
  show({ amount, currency } as Fields, [], locale)[0]?.value;
const shownAs = (value: string, format: DataPoint["format"], locale = "en"): string | undefined =>
  show({ value }, [{ name: "value", format: format! }], locale)[0]?.value;

describe("money", () => {
  it.each([
    ["1", "EUR", "EUR 1.00"],
    ["0", "EUR", "EUR 0.00"],
    ["1234.5", "EUR", "EUR 1,234.50"],
    ["-1234567", "EUR", "-EUR 1,234,567.00"],
    ["-0", "EUR", "-EUR 0.00"],
    ["-0.5", "EUR", "-EUR 0.50"],
    ["1000", "JPY", "JPY 1,000"],
    ["1000.5", "JPY", "JPY 1,000.5"],
    ["1.5", "KWD", "KWD 1.500"],
    ["1.00005", "EUR", "EUR 1.00005"],
    ["9007199254740993.01", "EUR", "EUR 9,007,199,254,740,993.01"],
    [`0.${"9".repeat(40)}`, "EUR", `EUR 0.${"9".repeat(40)}`],
    ["123456789012345678901234567890", "USD", "USD 123,456,789,012,345,678,901,234,567,890.00"],
    [0.1, "EUR", "EUR 0.10"],
  ])("%s %s is %s", (amount, currency, shown) => {
    expect(money(amount, currency)).toBe(shown);
    expect(show({ amount, currency })).toHaveLength(1);
  });

  it.each([
    ["de", "1.234.567,891 EUR"],
    ["fr", "1 234 567,891 EUR"],
    ["en-IN", "EUR 12,34,567.891"],
    ["ar-EG", "١٬٢٣٤٬٥٦٧٫٨٩١ EUR"],
  ])("has the separators and digits of %s", (locale, shown) => {
    expect(money("1234567.891", "EUR", locale)?.replaceAll(/[\u061c\u200e\u200f]/g, "")).toBe(shown);
  });

  it.each([["eur"], ["ABC"], ["XXX"], ["EURO"], ["€"], [""], [978], [true], ["BTC"]])(
    "is shown as it was written when its currency is %j",
    (currency) => {
      expect(show({ amount: "1234.5", currency })).toEqual([
        { label: "Amount", value: "1234.5" },
        { label: "Currency", value: currency === true ? "Yes" : String(currency) },
      ]);
    },
  );

  it.each(["ten", "1e400", "0x10", "1,5", "01", ".5", "5.", "+5", "NaN", "Infinity", ""])(
    "%s is no amount, and shown as it was written",
    (amount) => {
      expect(show({ amount, currency: "EUR" })).toEqual([
        { label: "Amount", value: amount },
        { label: "Currency", value: "EUR" },
      ]);
    },
  );

  it("is shown without a currency when there is none", () => {
    expect(show({ amount: "10.00" })).toEqual([{ label: "Amount", value: "10.00" }]);
  });

  it("has a currency field of its own, and the first one is what people look for", () => {
    const dataPoints: Partial<DataPoint>[] = [
      { name: "fee", type: "decimal", format: "money", currency: "feeCurrency" },
      { name: "total", type: "decimal", format: "money", currency: "unit", order: 1 },
    ];
    expect(show({ fee: "1", feeCurrency: "JPY", total: "2", unit: "EUR" }, dataPoints)).toEqual(
      [
        { label: "Fee", value: "JPY 1" },
        { label: "Total", value: "EUR 2.00" },
      ].map((line, index) => (index === 0 ? { ...line, isMain: true } : line)),
    );
  });

  it("leaves a currency its line while some money is not shown with it", () => {
    const fee: Partial<DataPoint> = { name: "fee", type: "decimal", format: "money", currency: "currency" };
    expect(show({ amount: "1", currency: "EUR", fee: "some" }, [fee]).map(({ label }) => label)).toEqual([
      "Amount",
      "Currency",
      "Fee",
    ]);
  });
});

describe("a format", () => {
  it.each<[DataPoint["format"], string, string]>([
    ["iban", "DE02120300000000202051", "DE02 1203 0000 0000 2020 51"],
    ["iban", "NO9386011117947", "NO93 8601 1117 947"],
    ["iban", "DE02120300000000202052", "DE02120300000000202052"],
    ["iban", "de02120300000000202051", "de02120300000000202051"],
    ["iban", "12345678", "12345678"],
    ["date", "2026-01-31", "January 31, 2026"],
    ["date", "2026-02-30", "2026-02-30"],
    ["date", "0000-01-01", "0000-01-01"],
    ["date", "tomorrow", "tomorrow"],
    ["dateTime", "2026-01-31T14:30:00Z", "January 31, 2026 at 2:30 PM UTC"],
    ["dateTime", "2026-01-31T14:30:05.120+02:00", "January 31, 2026 at 2:30:05.12 PM UTC+02:00"],
    ["dateTime", "2026-12-31T23:30:00.000-05:00", "December 31, 2026 at 11:30 PM UTC-05:00"],
    ["dateTime", "2026-01-31T24:00:00Z", "2026-01-31T24:00:00Z"],
    ["dateTime", "2026-01-31", "2026-01-31"],
    ["phoneNumber", "+4915123456789", "+4915123456789"],
    ["masked", "4111111111111111", "•••• 1111"],
    ["masked", "12345678", "•••• 5678"],
    ["masked", "1234567", "••••"],
    ["masked", "😀😀😀😀", "••••"],
    ["masked", "", "••••"],
    ["email", "ann@bank.example", "ann@bank.example"],
  ])("%s shows %s as %s", (format, value, shown) => {
    expect(shownAs(value, format)).toBe(shown);
  });

  it.each<[DataPoint["format"], string, string]>([
    ["iban", "DE02 1203 0000 0000 2020 51", "“DE02 1203 0000 0000 2020 51”"],
    ["date", "January 31, 2026", "“January 31, 2026”"],
  ])("%s sets %s apart from what is formatted", (format, value, shown) => {
    expect(shownAs(value, format)).toBe(shown);
  });

  it.each<[DataPoint["format"], string]>([
    ["iban", "DE\u202e02"],
    ["date", "\u200b"],
    ["masked", "1234567\u202e"],
  ])("T54: %s makes visible what a reader would not see in %j", (format, value) => {
    expect(shownAs(value, format)).toMatch(/⟨U\+20[0-9A-F]{2}⟩/);
  });

  it("speaks the locale's language", () => {
    expect(shownAs("2026-01-31", "date", "de")).toBe("31. Januar 2026");
    expect(shownAs("2026-01-31", "date", "ja")).toBe("2026年1月31日");
  });

  it("masks whatever comes, not only texts", () => {
    const dataPoints: Partial<DataPoint>[] = [
      { name: "a", format: "masked" },
      { name: "b", format: "masked" },
    ];
    expect(show({ a: 12_345_678, b: true }, dataPoints).map(({ value }) => value)).toEqual(["•••• 5678", "••••"]);
  });
});

describe("what was approved", () => {
  const locales = fc.constantFrom("en", "de", "fr", "ja", "ar-EG", "fa", "sv", "th");
  const digits = (minLength: number, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(..."0123456789"), minLength, maxLength });
  const amounts = fc
    .tuple(fc.constantFrom("", "-"), digits(1, 40), fc.constantFrom("", "."), digits(0, 30))
    .map((parts) => parts.join(""));
  const day = fc
    .date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true })
    .map((date) => date.toISOString());
  const times = fc
    .tuple(day, digits(0, 7), fc.constantFrom("Z", "+02:00", "-05:30", "-00:00"))
    .map(([iso, fraction, offset]) => `${iso.slice(0, 19)}${fraction === "" ? "" : `.${fraction}`}${offset}`);
  const ibans = fc.constantFrom("DE02120300000000202051", "GB82WEST12345698765432", "NO9386011117947");
  const texts: fc.Arbitrary<string> = fc.oneof(
    amounts,
    times,
    day.map((iso) => iso.slice(0, 10)),
    ibans,
    fc.string({ unit: "binary" }),
  );
  const formats = fc.constantFrom<NonNullable<DataPoint["format"]>>("date", "dateTime", "iban", "phoneNumber", "money");

  /** The same moment is the same value, however many zeros it ends in. */
  const sameTime = (text: string): string => text.replace(/(:\d\d)\.0+(?=[Z+-])|(\.\d*?[1-9])0+(?=[Z+-])/, "$1$2");
  /** And so is the same amount. */
  const sameAmount = (text: string): string =>
    text.includes(".") ? text.replace(/^(-?(?:0|[1-9]\d*)\.\d*?)0+$/, "$1").replace(/\.$/, "") : text;

  it("is never the text of another value", () => {
    fc.assert(
      fc.property(texts, texts, formats, locales, fc.boolean(), (one, other, format, locale, isShown) => {
        const point: Partial<DataPoint> = { name: "value", format, currency: "unit" };
        // A value may itself be what another one is shown as.
        const copy = isShown ? (show({ value: other, unit: "EUR" }, [point], locale)[0]?.value ?? "") : one;
        const shown = (value: string): string =>
          JSON.stringify(
            shownDetails(
              { value, unit: "EUR" },
              {
                dataPoints: new Map([["value", { type: "text", ...point } as DataPoint]]),
                language: { ...english, locale },
              },
            ),
          );
        const same = (value: string): string => {
          if (format === "money") return sameAmount(value);
          return shownText(format === "dateTime" ? sameTime(value).replace("+00:00", "Z") : value);
        };
        if (shown(copy) === shown(other)) expect(shownText(same(copy))).toBe(shownText(same(other)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("is shown with every digit, in every language", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 60n }),
        digits(0, 60),
        fc.constantFrom("en", "de", "fr", "pl", "tr"),
        (whole, fraction, locale) => {
          const shown = money(fraction === "" ? `${whole}` : `${whole}.${fraction}`, "EUR", locale) ?? "";
          expect(shown.replaceAll(/\D/g, "")).toBe(`${whole}${fraction.padEnd(2, "0")}`);
        },
      ),
    );
  });

  it("T54: is the start of a long text, and says so", () => {
    expect(shownText("a".repeat(256))).toBe("a".repeat(256));
    expect(shownText("a".repeat(257))).toBe(`${"a".repeat(256)}… (shortened, 257 characters in all)`);
    expect(money("9".repeat(16_000))).toBe(`${"9".repeat(256)}… (shortened, 16,000 characters in all)`);
  });

  it("T54: stays short whatever the text is made of", () => {
    expect(shownText("\u202e".repeat(16_000)).length).toBeLessThan(256 * 10 + 50);
    expect(shownText(`${"a".repeat(255)}😀`).isWellFormed()).toBe(true);
  });
});

describe("the order of lines", () => {
  it("is the policy's, with money before all that it gives no place", () => {
    const dataPoints: Partial<DataPoint>[] = [
      { name: "b", order: 2 },
      { name: "c", order: -1 },
    ];
    const fields = { a: "1", b: "1", currency: "EUR", amount: "1", c: "1", d: "1" };
    expect(show(fields, dataPoints).map(({ label }) => label)).toEqual(["Amount", "C", "B", "A", "D"]);
    const last: Partial<DataPoint> = { name: "amount", type: "decimal", order: 3 };
    expect(show(fields, [...dataPoints, last]).map(({ label }) => label)).toEqual(["C", "B", "Amount", "A", "D"]);
  });
});

describe("a label", () => {
  it.each([
    ["de-AT", "Betrag"],
    ["fr", "Amount"],
    ["pt-PT", "Valor"],
    ["pt-BR", "Valor"],
  ])("is found for %s by lookup", (locale, label) => {
    const labels = { de: "Betrag", en: "Amount", pt_BR: "Valor" };
    expect(show({ a: "1" }, [{ name: "a", label: labels }], locale)[0]?.label).toBe(label);
  });

  it("is the only one, or the first, where there is no other", () => {
    expect(show({ a: "1" }, [{ name: "a", label: "Sum" }], "de")[0]?.label).toBe("Sum");
    expect(show({ a: "1" }, [{ name: "a", label: { sv: "Belopp" } }], "de")[0]?.label).toBe("Belopp");
  });
});
