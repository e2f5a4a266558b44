import { type Aim, didItsWork, type GroupReport, isMet, type Table } from "./report.ts";

/** A group's report as text for a terminal. */
export function printReport({ title, tables, aims, work, skipped }: GroupReport): string {
  const idle = work.filter((one) => !didItsWork(one));
  return [
    `\n═══ ${title} ═══`,
    ...tables.map(printTable),
    ...(aims.length > 0 ? [`\nAims\n${align(aims.map(aimCells), ["", "aim", "measured", "met?"])}`] : []),
    ...skipped.map((reason) => `\n!! SKIPPED: ${reason}`),
    ...idle.map(({ subject, asked, done }) => `\n!! ${subject} did ${done} of ${asked}: its figures say nothing`),
  ].join("\n");
}

/** An aim as cells: what, bound, figure, and whether it is met. */
export function aimCells(aim: Aim): readonly [string, string, string, string] {
  const { what, bound, measured, unit } = aim;
  const limit = "atLeast" in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`;
  return [what, withUnit(limit, unit), withUnit(significant(measured), unit), isMet(aim) ? "yes" : "**no**"];
}

/** A table's rows as cells, without its head. */
export function tableCells({ columns, rows }: Table): readonly (readonly string[])[] {
  return rows.map(({ subject, figures }) => [
    subject,
    ...columns.map(({ digits }, index) => {
      const figure = figures[index];
      return figure === undefined
        ? ""
        : figure.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    }),
  ]);
}

function printTable(table: Table): string {
  const cells = align(tableCells(table), ["", ...table.columns.map(({ name }) => name)]);
  return `\n${table.title}\n${cells}${table.note === undefined ? "" : `\n  ${table.note}`}`;
}

function align(rows: readonly (readonly string[])[], head: readonly string[]): string {
  const widths = head.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[index]!)))
      .join("   ")
      .trimEnd();
  return [head, ...rows].map((row) => `  ${line(row)}`).join("\n");
}

function withUnit(figure: string, unit: string): string {
  return unit === "" ? figure : `${figure} ${unit}`;
}

function significant(figure: number): string {
  if (!Number.isFinite(figure)) return "not measured";
  return figure.toLocaleString("en", { maximumSignificantDigits: 3 });
}
