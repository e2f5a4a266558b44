import { type Html, html } from "../../pages/html.ts";
import type { Series, ValueKind } from "./figure-series.ts";

/** Inner units of a plot; it is stretched to the width that there is. */
const HEIGHT = 100;
const STEP = 10;
const GAP = 2;

// Made when it is first used: each import would take longer.
let countFormat: Intl.NumberFormat | undefined;

/** A value, for people. */
export function valueText(kind: ValueKind, value: number | undefined): string {
  if (value === undefined) return "–";
  if (kind === "share") return `${(value * 100).toFixed(value === 1 || value === 0 ? 0 : 1)} %`;
  if (kind === "count") return (countFormat ??= new Intl.NumberFormat("en")).format(value);
  if (value < 1) return "< 1 ms";
  if (value < 1_000) return `${Math.round(value)} ms`;
  const seconds = value / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** A value in a file: a plain number, shares in percent and durations in milliseconds. */
export function valueCell(kind: ValueKind, value: number | undefined): string {
  if (value === undefined) return "";
  if (kind === "count") return String(value);
  return kind === "share" ? (value * 100).toFixed(1) : String(Math.round(value));
}

/**
 * One series as bars, and as a dashed line what it was a week before. Both are told apart by their form, and the numbers that matter
 * are text beside them, so that nothing rests on a colour.
 * @param id names the plot on its page
 */
export function plot(id: string, kind: ValueKind, series: Series, times: readonly [first: string, last: string]): Html {
  const { name, values, before, total, totalBefore } = series;
  const numbers = [...values, ...before].filter((value) => value !== undefined);
  const top = kind === "share" ? 1 : Math.max(0, ...numbers);
  const topText = top === 0 ? "" : valueText(kind, top);
  const known = values.filter((value) => value !== undefined);
  const summary = `${valueText(kind, total)}, a week before ${valueText(kind, totalBefore)}.${known.length === 0 ? "" : ` From ${valueText(kind, Math.min(...known))} to ${valueText(kind, Math.max(...known))} at a time.`}`;
  return html`<figure class="plot">
    <figcaption>
      <span class="name">${name}</span> <span class="total">${valueText(kind, total)}</span>
      <span class="muted">${valueText(kind, totalBefore)} a week before</span>
    </figcaption>
    <div class="area">
      <svg
        viewBox="0 0 ${values.length * STEP} ${HEIGHT}"
        preserveAspectRatio="none"
        role="img"
        aria-labelledby="${id}-title ${id}-desc"
      >
        <title id="${id}-title">${name}</title>
        <desc id="${id}-desc">${summary}</desc>
        ${{ markup: `<path class="bars" d="${bars(values, top)}"/>${line(before, top)}` }}
      </svg>
      <span class="top muted" aria-hidden="true">${topText}</span>
    </div>
    <div class="times muted" aria-hidden="true"><span>${times[0]}</span> <span>${times[1]}</span></div>
  </figure>`;
}

/** A bar that shows which part of a whole something is. */
export function shareBar(share: number | undefined): Html {
  if (share === undefined) return html``;
  return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
    ${{ markup: `<path class="rest" d="M0 0h100v10h-100z"/><path class="bars" d="M0 0h${round(share * 100)}v10h-${round(share * 100)}z"/>` }}
  </svg>`;
}

/** Bars as one path, of numbers alone. What is there is seen, however small it is beside the others. */
function bars(values: readonly (number | undefined)[], top: number): string {
  return values
    .map((value, index) => {
      if (value === undefined || value <= 0 || top === 0) return "";
      const height = Math.max(1.5, (value / top) * HEIGHT);
      return `M${index * STEP + GAP / 2} ${HEIGHT}v-${round(height)}h${STEP - GAP}v${round(height)}z`;
    })
    .join("");
}

/** A line in steps, with a gap where there is nothing, over a wider one that keeps it apart from the bars. */
function line(values: readonly (number | undefined)[], top: number): string {
  let path = "";
  let isDrawing = false;
  for (const [index, value] of values.entries()) {
    if (value === undefined || top === 0) {
      isDrawing = false;
      continue;
    }
    const y = round(HEIGHT - (value / top) * (HEIGHT - 1) - 0.5);
    path += `${isDrawing ? "L" : "M"}${index * STEP} ${y}H${(index + 1) * STEP}`;
    isDrawing = true;
  }
  return path === "" ? "" : `<path class="halo" d="${path}"/><path class="before" d="${path}"/>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
