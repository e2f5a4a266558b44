import { type Engine, EngineError } from "@require-action/engine";
import { csvLine } from "../queue/export.ts";
import { type FigureQuery, type FigureWindow, outcomesOf, readWindow } from "./figure-range.ts";
import { type FigureId, figureIds, readFigure } from "./figure-series.ts";
import { valueCell } from "./plot.ts";
import { readRules, ruleLines } from "./rule-figures.ts";

/** Answers with one figure as a file. @throws EngineError `request_invalid` for a figure that there is not */
export async function figureExport(
  engine: Engine,
  name: string | null,
  query: FigureQuery,
  now: number,
): Promise<Response> {
  const lines = linesOf(name);
  const text = lines(await readWindow(engine, query, now), query.code)
    .map(csvLine)
    .join("");
  return new Response(text, {
    headers: {
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": `attachment; filename="${name}-${query.range}.csv"`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

type Lines = (window: FigureWindow, code: string | undefined) => readonly (readonly string[])[];

function linesOf(name: string | null): Lines {
  if (name === "rules") return (window) => ruleLines(readRules(window));
  if (name === "actions") return actionLines;
  const id = figureIds.find((one) => one === name);
  if (id === undefined) throw new EngineError("request_invalid", "figure must be one of those of the page.");
  return (window, code) => seriesLines(id, window, code);
}

function seriesLines(id: FigureId, window: FigureWindow, code: string | undefined): readonly (readonly string[])[] {
  const { kind, series } = readFigure(id, window, code);
  return [
    ["time", ...series.flatMap(({ name }) => [name, `${name}, a week before`])],
    ...window.times.map((at, index) => [
      new Date(at).toISOString(),
      ...series.flatMap(({ values, before }) => [valueCell(kind, values[index]), valueCell(kind, before[index])]),
    ]),
  ];
}

function actionLines({ whole, wholeBefore }: FigureWindow): readonly (readonly string[])[] {
  const [now, before] = [whole.record, wholeBefore.record];
  const names = ["allowed", "challenged", "to_review", "blocked"];
  const codes = [...new Set([...Object.keys(now.actions), ...Object.keys(before.actions)])].filter(Boolean);
  return [
    ["action", ...names, ...names.map((name) => `${name}_week_before`)],
    ...codes
      .toSorted()
      .map((code) => [code, ...[...outcomesOf(now, code), ...outcomesOf(before, code)].map((count) => String(count))]),
  ];
}
