import { EngineError } from "@require-action/engine";
import { type Page } from "@require-action/engine/store";
import type { Row } from "../../database/driver.ts";
import { recordOf } from "./documents.ts";

/** Makes a page of rows that were asked for one beyond its limit, to see whether there is more. */
export function pageOf(
  rows: readonly Row[],
  limit: number,
  cursor: (last: Row) => string,
  itemOf: (row: Row) => unknown = (row) => recordOf(row),
): Page<unknown> {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const items = kept.map(itemOf);
  return rows.length > limit && last !== undefined ? { items, next: cursor(last) } : { items };
}

/** Reads a cursor of so many numbers, the last of them a sequence. @throws EngineError `request_invalid` */
export function numbersOf(after: string, count: number): readonly number[] {
  const numbers = after.split(":").map((part, index) => {
    const form = index === count - 1 ? /^\d{1,16}$/ : /^\d{1,16}(?:\.\d{1,6})?$/;
    return form.test(part) ? Number(part) : Number.NaN;
  });
  if (numbers.length !== count || numbers.some(Number.isNaN)) {
    throw new EngineError("request_invalid", "after must be next of the page before.");
  }
  return numbers;
}
