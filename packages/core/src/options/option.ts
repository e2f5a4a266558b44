import * as v from "valibot";
import { isPromiseLike } from "../lib/awaitable.ts";
import { isId } from "../lib/ids.ts";
import { nearest } from "../lib/nearest.ts";
import { memberOf } from "../lib/own-members.ts";
import { isAppOrigin, isWebOrigin } from "../lib/web-url.ts";

type Schema = v.GenericSchema;

/** The figures that an option may have, both ends included. */
interface Range {
  readonly least: number;
  readonly most?: number;
  /** What is counted, as `milliseconds`. */
  readonly unit?: string;
}

/** How long a list is at least, and of what it is one, in the plural. */
interface ListTerms {
  readonly least?: 0 | 1;
  readonly of?: string;
}

/** The schemas that options are made of: one wording for each kind of value, and no value is ever quoted. */
export interface OptionKinds {
  /** A value that `accepts` returns true for; `problem` says what it must be. */
  matching(accepts: (value: unknown) => boolean, problem: string): Schema;
  /** The same for a text or bytes, which often come from the environment. */
  setting(accepts: (value: unknown) => boolean, problem: string): Schema;
  /** A whole number. */
  whole(range: Range): Schema;
  /** One of some words; `alternative` says what else the option takes, as "or a function". */
  oneOf(words: readonly string[], alternative?: string): Schema;
  listOf(item: Schema, terms?: ListTerms): Schema;
  /** An object, of any class, that has these methods. */
  withMethods(...names: readonly string[]): Schema;
  /** The schema that fits the value, for an option of several kinds. */
  either(choose: (given: unknown) => Schema): Schema;
  readonly callback: Schema;
  /** True or false; nothing that merely counts as such. */
  readonly flag: Schema;
  /** An id, as {@link isId} has it. */
  readonly id: Schema;
  /** A list of origins of web pages, and of pages within native and hybrid applications. */
  readonly appOrigins: Schema;
}

function matching(accepts: (value: unknown) => boolean, problem: string): Schema {
  return v.custom(
    (value) => withoutThrowing(() => accepts(value)),
    ({ input }) => (isPromiseLike(input) ? "is a promise; await it first" : problem),
  );
}

function setting(accepts: (value: unknown) => boolean, problem: string): Schema {
  return v.custom(accepts, ({ input }) => {
    if (input !== undefined && input !== "") return problem;
    return `is ${input === "" ? "empty" : "undefined"}: is its environment variable set?`;
  });
}

/** A getter of somebody's object may throw. */
function withoutThrowing(accepts: () => boolean): boolean {
  try {
    return accepts();
  } catch {
    return false;
  }
}

function listOf(item: Schema, { least = 0, of }: ListTerms = {}): Schema {
  const list = of === undefined ? "must be a list" : `must be a list of ${of}`;
  const problem = least === 0 ? list : `${list}, with at least one`;
  return v.pipe(v.array(item, problem), v.minLength(least, problem));
}

/** The schemas that the options of every factory are made of. */
export const option: OptionKinds = Object.freeze<OptionKinds>({
  matching,
  setting,
  whole({ least, most = Number.MAX_SAFE_INTEGER, unit }) {
    const counted = unit === undefined ? "a whole number" : `whole ${unit}`;
    const range = most === Number.MAX_SAFE_INTEGER ? `, at least ${least}` : ` from ${least} to ${most}`;
    return matching(
      (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
      `must be ${counted}${range}`,
    );
  },
  oneOf: (words, alternative) =>
    v.custom(
      (value) => typeof value === "string" && words.includes(value),
      ({ input }) => {
        const meant = typeof input === "string" ? nearest(input, words) : undefined;
        const all = words.map((word) => JSON.stringify(word)).join(", ");
        const expected = words.length === 1 ? all : `one of ${all}`;
        const hint = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
        return `must be ${expected}${alternative === undefined ? "" : ` ${alternative}`}${hint}`;
      },
    ),
  listOf,
  withMethods: (...names) =>
    matching(
      (value) => names.every((name) => typeof memberOf(value, name) === "function"),
      `must have ${names.map((name) => `${name}()`).join(", ")}`,
    ),
  either: (choose) => v.lazy(choose),
  callback: matching((value) => typeof value === "function", "must be a function"),
  flag: matching((value) => typeof value === "boolean", "must be true or false"),
  id: setting(isId, "must be an id of 1 to 256 bytes"),
  appOrigins: listOf(
    matching(
      (value) => isWebOrigin(value) || isAppOrigin(value),
      "must be an origin, without a path or a slash after it, as https://app.example or capacitor://localhost; pages of files have none",
    ),
    { of: "origins" },
  ),
});
