import type { CustomValue } from "@require-action/core/provider";
import type { ActionRecord, RecordedAttributes } from "../store/records.ts";

/**
 * The names of an action's fields that its user is shown: what the guard has bound, and what the policy marks `show`. Fixed
 * when the action is decided, so that pages, messages and later policies agree; `undefined` when there are none.
 */
export function chooseShownFields(
  custom: RecordedAttributes["custom"],
  boundFields: readonly string[],
  marked: ReadonlySet<string>,
): readonly string[] | undefined {
  if (custom === undefined || (marked.size === 0 && boundFields.length === 0)) return undefined;
  const names = Object.keys(custom);
  // As behind a guard without attributes of its own: all that is sent is bound.
  if (names.length === boundFields.length && names.every((name, place) => name === boundFields[place])) return names;
  const bound = new Set(boundFields);
  const shown = names.filter((name) => bound.has(name) || marked.has(name));
  return shown.length === 0 ? undefined : shown;
}

/** The fields that the user of an action may see, in the order that the store keeps. Everything else is for rules alone. */
export function shownFields({
  attributes,
  shownFields: names = [],
}: ActionRecord): Readonly<Record<string, CustomValue>> {
  return pickFields(attributes.custom, new Set(names));
}

/** The fields of these names. It has no prototype. */
export function pickFields(
  custom: RecordedAttributes["custom"],
  names: ReadonlySet<string>,
): Readonly<Record<string, CustomValue>> {
  const picked = Object.create(null) as Record<string, CustomValue>;
  for (const [name, value] of Object.entries(custom ?? {})) if (names.has(name)) picked[name] = value;
  return picked;
}
