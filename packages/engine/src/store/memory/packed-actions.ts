import { bareCopy } from "@require-action/core/options";
import type { ActionKey, ActionRecord } from "../records.ts";
import { splitKey } from "../store.ts";

/** An action in the memory store, with its place in the order of all. */
export interface ActionRow {
  readonly sequence: number;
  readonly record: ActionRecord;
}

/**
 * An action that nobody waits for, as one text: the garbage collector copies it in one piece, where a record with its
 * attributes is a dozen objects. The action's key is left to whoever keeps it.
 */
export type PackedText = string;

/** A packed action, with its key. */
export interface PackedAction {
  readonly key: string;
  readonly text: PackedText;
}

type Column = Exclude<keyof ActionRecord, keyof ActionKey | "policyVersion">;

/** What is packed, in this order; true for each. What most have is first, as nothing is kept of what is missing at the end. */
const columns: Readonly<Record<Column, true>> = {
  createdAt: true,
  actionId: true,
  state: true,
  decidedInMs: true,
  attributes: true,
  rules: true,
  shownFields: true,
  facts: true,
  allowedVerificationMethods: true,
  defaultVerificationMethod: true,
  verificationMethod: true,
  rememberDays: true,
  rememberedDeviceId: true,
  verifiedByAuthenticatorId: true,
  deniedByUser: true,
  review: true,
  enrolledBefore: true,
  resultKeyHash: true,
  reviewClaim: true,
  boundFields: true,
  approval: true,
  outcome: true,
  stateUpdatedAt: true,
};
const names = Object.freeze(Object.keys(columns)) as readonly Column[];
/** In place of the names of all fields. */
const ALL = true;

/** Packs and unpacks the actions of one store. */
export interface ActionPacker {
  pack(row: ActionRow): PackedText;
  /** Unpacks an action, as a record that inherits nothing. */
  unpack(action: PackedAction): ActionRow;
}

export function createActionPacker(): ActionPacker {
  /** Of all the policies so far, by the numbers that stand for them: each action has one, and they are few. */
  const versions: string[] = [];

  function numberOf(version: string): number {
    const known = versions.lastIndexOf(version);
    return known === -1 ? versions.push(version) - 1 : known;
  }

  return {
    pack({ sequence, record }) {
      const values = valuesOf(sequence, numberOf(record.policyVersion), record);
      while (values.at(-1) === undefined) values.pop();
      return JSON.stringify(values);
    },
    unpack({ key, text }) {
      const [sequence, version, ...values] = JSON.parse(text) as readonly [number, number, ...unknown[]];
      const [userId, action, idempotencyKey] = splitKey(key);
      const record: Record<string, unknown> = bareCopy({ userId, action, idempotencyKey });
      record["policyVersion"] = versions[version];
      for (const [place, value] of values.entries()) if (value !== null) record[names[place]!] = bareCopy(value);
      if (record["shownFields"] === ALL) record["shownFields"] = customNames(record as unknown as ActionRecord);
      record["outcome"] ??= record["state"];
      record["stateUpdatedAt"] ??= record["createdAt"];
      return { sequence, record: Object.freeze(record) as unknown as ActionRecord };
    },
  };
}

function customNames({ attributes }: ActionRecord): readonly string[] {
  return Object.keys(attributes.custom ?? {});
}

/** Whether the user may see every field, in the order that they are kept in: then their names are not kept twice. */
function showsAll(record: ActionRecord): boolean {
  const names = customNames(record);
  const { shownFields = [] } = record;
  return shownFields.length === names.length && shownFields.every((name, place) => name === names[place]);
}

/**
 * What is kept of an action, in the order of the columns; nothing where it follows from the rest. By name rather than in a loop, as
 * every decision passes here.
 */
function valuesOf(sequence: number, version: number, record: ActionRecord): unknown[] {
  const { state, createdAt, outcome, stateUpdatedAt, shownFields } = record;
  return [
    sequence,
    version,
    createdAt,
    record.actionId,
    state,
    record.decidedInMs,
    record.attributes,
    record.rules,
    shownFields !== undefined && showsAll(record) ? ALL : shownFields,
    record.facts,
    record.allowedVerificationMethods,
    record.defaultVerificationMethod,
    record.verificationMethod,
    record.rememberDays,
    record.rememberedDeviceId,
    record.verifiedByAuthenticatorId,
    record.deniedByUser,
    record.review,
    record.enrolledBefore,
    record.resultKeyHash,
    record.reviewClaim,
    record.boundFields,
    record.approval,
    outcome === state ? undefined : outcome,
    stateUpdatedAt === createdAt ? undefined : stateUpdatedAt,
  ];
}

/** The place of a packed action in the order of all, which is its first value. */
export function sequenceOf(text: PackedText): number {
  return parseInt(text.slice(1), 10);
}

/** When a packed action was tracked, which is its third value. */
export function trackedAt(text: PackedText): number {
  return Number(text.split(",", 3)[2]);
}
