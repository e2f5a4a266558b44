import type { Engine } from "@require-action/engine";
import type { DataPoint, DataPointFormat } from "@require-action/engine/policy";
import { matchLocale } from "@require-action/engine/server";
import { asWritten, formatMoney, formatText, type Wording } from "./format-value.ts";
import type { ShownDetail } from "./page-state.ts";
import { readableName, visible } from "./visible-text.ts";

type Fields = Readonly<Record<string, string | number | boolean>>;

/** How fields are shown. */
export interface Presentation {
  /** What the policy in force declares. */
  readonly dataPoints: ReadonlyMap<string, DataPoint>;
  readonly language: Wording;
}

/** How an engine's policy shows fields in a language. */
export function presentationOf({ dataPoints }: Pick<Engine, "dataPoints">, language: Wording): Presentation {
  return { dataPoints: dataPoints(), language };
}

/** One field, as it is shown wherever it is. */
interface ShownField {
  readonly value: string;
  /** The field of the currency that money is shown with. */
  readonly currency?: string | undefined;
}

/**
 * Shows fields as lines, in the order that the policy gives them: money before all without an order. `named`: fields that
 * are shown elsewhere.
 */
export function shownDetails(
  fields: Fields,
  presentation: Presentation,
  named: ReadonlySet<string> = new Set(),
): readonly ShownDetail[] {
  const { dataPoints, language } = presentation;
  const all = Object.keys(fields).map((name) => {
    const { value, currency } = showField(name, fields, presentation);
    const { label, order = currency === undefined ? Infinity : -Infinity } = dataPoints.get(name) ?? {};
    return { name, label: labelOf(name, label, language), value, currency, order };
  });
  const currencies = currenciesShown(all, dataPoints);
  const lines = all
    .filter(({ name }) => !named.has(name) && !currencies.has(name))
    .sort((one, other) => (one.order === other.order ? 0 : one.order - other.order));
  const main = lines.find(({ currency }) => currency !== undefined);
  return lines.map((line) => {
    const { label, value } = line;
    return line === main ? { label, value, isMain: true } : { label, value };
  });
}

/** Shows a field, which has to be there. */
export function showField(name: string, fields: Fields, { dataPoints, language }: Presentation): ShownField {
  const given = fields[name];
  const { format, currency = "" } = formatOf(name, dataPoints);
  if (typeof given === "boolean" && format !== "masked")
    return { value: language.text(given ? "details.yes" : "details.no") };
  const text = String(given);
  if (format !== "money") return { value: formatText(text, format, language) };
  const money = formatMoney(text, Object.hasOwn(fields, currency) ? fields[currency] : undefined, language.locale);
  return money === undefined ? { value: asWritten(text, language) } : { value: money, currency };
}

/** What the policy says; an `amount` beside a `currency` is money unless it says otherwise. */
function formatOf(
  name: string,
  dataPoints: ReadonlyMap<string, DataPoint>,
): { readonly format?: DataPointFormat; readonly currency?: string } {
  const declared = dataPoints.get(name);
  return declared?.format === undefined && name === "amount"
    ? { format: "money", currency: "currency" }
    : { ...declared };
}

/** Fields that need no line of their own: currencies of which all the money is shown with them. */
function currenciesShown(
  fields: readonly (ShownField & { readonly name: string })[],
  dataPoints: ReadonlyMap<string, DataPoint>,
): ReadonlySet<string> {
  const shown = new Set(fields.flatMap(({ currency }) => currency ?? []));
  for (const { name, currency } of fields) {
    if (currency === undefined) shown.delete(formatOf(name, dataPoints).currency ?? "");
  }
  return shown;
}

function labelOf(name: string, label: DataPoint["label"], language: Wording): string {
  if (label === undefined) return name === "amount" ? language.text("details.amount") : readableName(name);
  if (typeof label === "string") return visible(label);
  const texts = new Map(Object.entries(label));
  const [first = ""] = texts.keys();
  return visible(texts.get(matchLocale([language.locale, "en"], texts.keys())?.name ?? first) ?? "");
}
