import type { Engine } from "@require-action/engine";
import { type Html, html, table } from "../../pages/html.ts";
import { readableName } from "../../pages/visible-text.ts";
import { time } from "../page/describe-action.ts";
import {
  figureAddress,
  type FigureQuery,
  type FigureWindow,
  type RangeName,
  outcomesOf,
  ranges,
  readWindow,
} from "./figure-range.ts";
import { type Figure, figureIds, readFigure } from "./figure-series.ts";
import { plot, valueText } from "./plot.ts";
import { readRules, rulesTable } from "./rule-figures.ts";

/** Figures are a minute old at most where some process counts them. */
const STALE_MS = 3 * 60_000;

/** All figures of a range: plots with a table behind each, and what the same time was a week before beside them. */
export async function figuresPage(engine: Engine, query: FigureQuery, now: number): Promise<Html> {
  const window = await readWindow(engine, query, now);
  const rules = readRules(window);
  return html`${rangeTabs(query)} ${filterForm(query, codesOf(window, query))}
    <p class="muted">
      ${
        window.countedAt === 0
          ? "Nothing has been counted within this time."
          : html`Counted ${time(window.countedAt)}. Times are UTC. The dashed line is a week before.`
      }
      ${
        window.countedAt !== 0 &&
        now - window.countedAt > STALE_MS &&
        html`<strong>What came since is not counted yet.</strong>`
      }
    </p>
    ${figureIds.map((id) => section(readFigure(id, window, query.code), window, query))}
    <section class="card figure">
      ${heading("rules", "Rules", query)}
      <p class="muted">
        Actions that a rule matched, and how many of those that it had challenged or reviewed have passed since.
      </p>
      ${rules.length === 0 ? html`<p>No rule matched.</p>` : rulesTable(rules)}
    </section>
    ${query.code === undefined && actionsSection(window, query)}`;
}

function rangeTabs({ range, code }: FigureQuery): Html {
  return html`<nav class="tabs" aria-label="Range">
    ${(Object.keys(ranges) as RangeName[]).map((name) => {
      const current = name === range ? html` aria-current="page"` : undefined;
      return html`<a href="${figureAddress("figures", { range: name, ...(code !== undefined && { code }) })}" ${current}
        >${ranges[name].label}</a
      >`;
    })}
  </nav>`;
}

function filterForm({ range, code = "" }: FigureQuery, codes: readonly string[]): Html {
  return html`<form method="get" action="figures" class="filters">
    ${range !== "24h" && html`<input type="hidden" name="range" value="${range}" />`}
    <label
      >Action
      <select name="action">
        <option value="">All</option>
        ${codes.map((one) =>
          one === code
            ? html`<option value="${one}" selected>${one}</option>`
            : html`<option value="${one}">${one}</option>`,
        )}
      </select>
    </label>
    <button class="plain">Show</button>
  </form>`;
}

/** The action codes that there is anything of, and the one that is asked for. */
function codesOf({ whole, wholeBefore }: FigureWindow, { code }: FigureQuery): readonly string[] {
  const found = [...Object.keys(whole.record.actions), ...Object.keys(wholeBefore.record.actions), code ?? ""];
  return [...new Set(found)].filter((one) => one !== "").toSorted();
}

function heading(id: string, title: string, query: FigureQuery): Html {
  return html`<div class="head">
    <h2 id="${id}">${title}</h2>
    <a href="${figureAddress("figures-export", query, { figure: id })}" download aria-label="CSV of ${title}">CSV</a>
  </div>`;
}

function section(figure: Figure, window: FigureWindow, query: FigureQuery): Html {
  const { id, title, about, kind, series } = figure;
  const { times, pointMs } = window;
  const ends = [shortTime(times[0] ?? 0, pointMs), shortTime(times.at(-1) ?? 0, pointMs)] as const;
  return html`<section class="card figure">
    ${heading(id, title, query)}
    <p class="muted">${about}</p>
    ${
      series.length === 0
        ? html`<p>There is nothing to show.</p>`
        : html`<div class="plots">${series.map((one, index) => plot(`${id}-${index}`, kind, one, ends))}</div>
            <details>
              <summary>Table of ${title}</summary>
              ${seriesTable(figure, window)}
            </details>`
    }
  </section>`;
}

/** Its cells are numbers and times, which need no escaping, and are many. */
function seriesTable({ title, kind, series }: Figure, { times, pointMs }: FigureWindow): Html {
  const columns = ["Time", ...series.flatMap(({ name }) => [name, `${name}, a week before`])];
  const rows = times.map((at, index) => {
    const cells = series.map(({ values, before }) => {
      const texts = [values[index], before[index]].map((value) => valueText(kind, value).replace("<", "&lt;"));
      return `<td class="number">${texts.join('</td><td class="number">')}</td>`;
    });
    return { markup: `<tr><th scope="row">${shortTime(at, pointMs)}</th>${cells.join("")}</tr>` };
  });
  return table(`Table of ${title}`, columns, rows);
}

/** Outcomes by action, each with a link to its own figures. */
function actionsSection(window: FigureWindow, query: FigureQuery): Html {
  const [now, before] = [window.whole.record, window.wholeBefore.record];
  const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  const rows = codesOf(window, query)
    .map((code) => ({ code, counts: outcomesOf(now, code), before: sumOf(outcomesOf(before, code)) }))
    .toSorted((one, other) => sumOf(other.counts) - sumOf(one.counts));
  return html`<section class="card figure">
    ${heading("actions", "Outcomes by action", query)}
    ${
      rows.length === 0
        ? html`<p>There is nothing to show.</p>`
        : table(
            "Outcomes by action",
            ["Action", "Decisions", "A week before", "Allowed", "Challenged", "To review", "Blocked"],
            rows.map(
              ({ code, counts, before: total }) =>
                html`<tr>
                  <th scope="row">
                    <a href="${figureAddress("figures", { ...query, code })}">${readableName(code)}</a>
                  </th>
                  ${[sumOf(counts), total, ...counts].map(
                    (value) => html`<td class="number">${valueText("count", value)}</td>`,
                  )}
                </tr>`,
            ),
          )
    }
  </section>`;
}

// Made once, as to make one takes longer than a page of them; and not before, as each import would take longer.
let dayFormat: Intl.DateTimeFormat | undefined;

/** The beginning of a point: `Jan 5`, or `Jan 5, 14:00`. */
function shortTime(at: number, pointMs: number): string {
  dayFormat ??= new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });
  const day = dayFormat.format(at);
  return pointMs >= 24 * 60 * 60_000 ? day : `${day}, ${new Date(at).toISOString().slice(11, 16)}`;
}
