import { trackedEvents } from "@require-action/engine/store";

/** What is kept, one table each. */
export type TableName =
  | "actions"
  | "attempts"
  | "audit"
  | "authenticators"
  | "challenges"
  | "claims"
  | "devices"
  | "figures"
  | "forgotten_approvals"
  | "inbox"
  | "migrations"
  | "outbox"
  | "policies"
  | "receipts"
  | "reviewers"
  | "sessions"
  | "timelines"
  | "users"
  | "velocity"
  | "waiting_receipts";

/** Where the two databases' SQL differs; all else is written once. Parameters are written `$name` in both. */
export interface Dialect {
  readonly name: "postgres" | "sqlite";
  readonly types: {
    /** A key that rises from row to row. */
    readonly sequence: string;
    readonly document: string;
    readonly text: string;
    /** What a JavaScript number is, times included. */
    readonly number: string;
    readonly boolean: string;
  };
  /** In front of what is created in another table's schema, as an index is. */
  readonly tableOptions: string;
  table(name: TableName): string;
  /** Whether the columns of an action are written with its document, rather than made of it by the database. */
  readonly writesColumns: boolean;
  /** A field of the row's document, as an expression that an index can rest on. */
  field(path: readonly [string, ...string[]], type: "number" | "text"): string;
  /** The document with a patch parameter carried out: what it touches is taken away, then what it sets is put there. */
  patched(document: string, patch: string): string;
  /** The event of an action as a document, made of the action's document. */
  readonly trackedEvent: string;
  /** The ids of an action's rules as the text of a JSON array, made of the action's document. */
  readonly ruleIds: string;
  /** All values of an expression as one JSON array. */
  collected(expression: string): string;
  /** A query for the elements of a JSON array parameter, as a column `document`. */
  elements(parameter: string): string;
  /** A query for the texts of a JSON array parameter. */
  texts(parameter: string): string;
  /** True when a column is among what a query answers with, which is asked once; a condition that an index serves. */
  isAmong(column: string, query: string): string;
  /** Milliseconds since the epoch, by the clock that claims go by. */
  readonly now: string;
  /** At the end of a query for rows to delete: passes over those that somebody else is at. */
  readonly skipLocked: string;
}

/** The state in which an action begins, by the outcome in its document. */
export const INITIAL_STATE: string = `CASE document ->> 'outcome' ${Object.entries(trackedEvents.initialStates)
  .map(([outcome, state]) => `WHEN '${outcome}' THEN '${state}'`)
  .join(" ")} END`;
