import type { ActionFigures, RuleFigures } from "@require-action/engine/figures";
import { type Html, html, table } from "../../pages/html.ts";
import { shareOf } from "./figure-series.ts";
import type { FigureWindow } from "./figure-range.ts";
import { shareBar, valueText } from "./plot.ts";

/** One rule over a range. */
interface RuleRow {
  readonly ruleId: string;
  readonly now: RuleFigures;
  readonly before: RuleFigures;
}

const never: RuleFigures = { hits: 0, asked: 0, passed: 0 };

/** Rules by their hits, the most first. */
export function readRules({ whole, wholeBefore }: FigureWindow): readonly RuleRow[] {
  const [now, before] = [whole.actions.rules, wholeBefore.actions.rules];
  const of = (rules: ActionFigures["rules"], ruleId: string): RuleFigures =>
    Object.hasOwn(rules, ruleId) ? (rules[ruleId] ?? never) : never;
  return [...new Set([...Object.keys(now), ...Object.keys(before)])]
    .map((ruleId) => ({ ruleId, now: of(now, ruleId), before: of(before, ruleId) }))
    .toSorted((one, other) => other.now.hits - one.now.hits || (one.ruleId < other.ruleId ? -1 : 1));
}

/** The rules as a table with a bar for each. */
export function rulesTable(rows: readonly RuleRow[]): Html {
  const count = (value: number): string => valueText("count", value);
  return table(
    "Rules",
    ["Rule", "Hits", "A week before", "Challenged or reviewed", "Passed since", "False alarms", "A week before"],
    rows.map(({ ruleId, now, before }) => {
      const [share, shareBefore] = [shareOf(now.passed, now.asked), shareOf(before.passed, before.asked)];
      return html`<tr>
        <th scope="row">${ruleId}</th>
        <td class="number">${count(now.hits)}</td>
        <td class="number">${count(before.hits)}</td>
        <td class="number">${count(now.asked)}</td>
        <td class="number">${count(now.passed)}</td>
        <td class="number">${shareBar(share)} ${valueText("share", share)}</td>
        <td class="number">${valueText("share", shareBefore)}</td>
      </tr>`;
    }),
  );
}

/** The rules as lines of a file. */
export function ruleLines(rows: readonly RuleRow[]): readonly (readonly string[])[] {
  const names = ["hits", "asked", "passed"] as const;
  return [
    ["rule", ...names, ...names.map((name) => `${name}_week_before`)],
    ...rows.map(({ ruleId, now, before }) => [
      ruleId,
      ...names.map((name) => String(now[name])),
      ...names.map((name) => String(before[name])),
    ]),
  ];
}
