import { bareCopy } from "@require-action/core/options";
import { splitKey } from "./key.ts";
import type { ActionKey, ActionRecord } from "./records.ts";

/** An action in the memory store, with its place in the order of all. */
export interface ActionRow {
  readonly sequence: number;
  readonly record: ActionRecord;
}

/**
 * An action that nobody waits for, as one text: the garbage collector copies it in one piece, where a record with its
 * attributes is a dozen objects. The action's key is left to whoever keeps it.
 */
export type PackedAction = string;

type Column = Exclude<keyof ActionRecord, keyof ActionKey>;

/** What is packed, in this order; true for each. */
const columns: Readonly<Record<Column, true>> = {
  createdAt: true,
  actionId: true,
  state: true,
  outcome: true,
  stateUpdatedAt: true,
  policyVersion: true,
  attributes: true,
  rules: true,
  shownFields: true,
  facts: true,
  allowedVerificationMethods: true,
  defaultVerificationMethod: true,
  verificationMethod: true,
  verifiedByAuthenticatorId: true,
  review: true,
};
const names = Object.freeze(Object.keys(columns)) as readonly Column[];

/** Packs an action. */
export function packAction({ sequence, record }: ActionRow): PackedAction {
  const values: unknown[] = [sequence];
  let filled = 1;
  for (const name of names) if (values.push(record[name]) && record[name] !== undefined) filled = values.length;
  values.length = filled;
  return JSON.stringify(values);
}

/** Unpacks the action of a key, as a record that inherits nothing. */
export function unpackAction(key: string, packed: PackedAction): ActionRow {
  const [sequence, ...values] = JSON.parse(packed) as readonly [number, ...unknown[]];
  const [userId, action, idempotencyKey] = splitKey(key);
  const record: Record<string, unknown> = bareCopy({ userId, action, idempotencyKey });
  for (const [place, value] of values.entries()) if (value !== null) record[names[place]!] = bareCopy(value);
  return { sequence, record: Object.freeze(record) as unknown as ActionRecord };
}
