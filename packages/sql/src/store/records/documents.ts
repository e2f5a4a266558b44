import { bareCopy } from "@require-action/core/options";
import { EngineError } from "@require-action/engine";
import type { Page } from "@require-action/engine/store";
import type { Row } from "../../database/driver.ts";

/** How statements answer with a record: as text, whatever an application has set its client library to parse. */
export const DOCUMENT = "CAST(document AS text) AS document";

/** The record of a row, or of one of its columns. */
export function recordOf(row: Row | undefined, column = "document"): unknown {
  const text = row?.[column];
  return typeof text === "string" ? withoutPrototypes(JSON.parse(text) as ParsedRecord) : undefined;
}

/** The same, inheriting nothing at any depth: for what the engine does not copy again. */
export function ownRecordOf(row: Row | undefined, column = "document"): unknown {
  const text = row?.[column];
  return typeof text === "string" ? bareCopy(JSON.parse(text)) : undefined;
}

/** The records of rows. */
export function recordsOf(rows: readonly Row[]): unknown[] {
  return rows.map((row) => recordOf(row));
}

interface ParsedRecord {
  custom?: object;
  readonly attributes?: { custom?: object };
}

/** Data points are named by those who send them, so their record inherits nothing. */
function withoutPrototypes(record: ParsedRecord): ParsedRecord {
  const { custom, attributes } = record;
  if (custom !== undefined) record.custom = bare(custom);
  if (attributes?.custom !== undefined) attributes.custom = bare(attributes.custom);
  return record;
}

function bare(fields: object): object {
  return Object.assign(Object.create(null) as object, fields);
}

/** A change of some fields of a document, the others left as they are. */
interface Patch {
  /** Taken away first: each field that the change names. */
  readonly touched: Readonly<Record<string, null>>;
  readonly set: Readonly<Record<string, unknown>>;
}

/** Reads a change: what is `undefined` stays, what is `null` goes. */
export function patchOf(changes: Readonly<Record<string, unknown>>): Patch {
  const touched: Record<string, null> = {};
  const set: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    touched[field] = null;
    if (value !== null) set[field] = value;
  }
  return { touched, set };
}

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
