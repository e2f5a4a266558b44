import { bareCopy } from "@require-action/core/options";
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
export interface Patch {
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
