import { RequireActionError } from "@require-action/core";
import { pathText } from "@require-action/core/options";

/** One thing that is wrong, and where. */
export interface PolicyMistake {
  /** As `actions.withdraw-funds.rules[0].conditions.and[1].var`; empty for the whole. */
  readonly path: string;
  readonly message: string;
  /** What was probably meant. */
  readonly suggestion?: string;
}

/** A policy that cannot be used. `mistakes` lists everything that is wrong with it. */
export class PolicyError extends RequireActionError {
  override readonly name: string = "PolicyError";
  readonly mistakes: readonly PolicyMistake[];

  constructor(mistakes: readonly PolicyMistake[]) {
    super("configuration_invalid", { detail: `policy: ${listing(mistakes)}` });
    this.mistakes = mistakes;
  }
}

/** Data points that do not fit their declaration. It names them, never their values. */
export class PolicyInputError extends RequireActionError {
  override readonly name: string = "PolicyInputError";
  readonly mistakes: readonly PolicyMistake[];
  /** The first data point that does not fit, as `custom.amount`. */
  readonly field: string | undefined;

  constructor(mistakes: readonly PolicyMistake[]) {
    super("request_unresolvable", { detail: listing(mistakes) });
    this.mistakes = mistakes;
    this.field = mistakes[0]?.path;
  }
}

function listing(mistakes: readonly PolicyMistake[]): string {
  return mistakes
    .map(({ path, message, suggestion }) => {
      const hint = suggestion === undefined ? "" : `; did you mean ${suggestion}?`;
      return `${path === "" ? "" : `${path}: `}${message}${hint}`;
    })
    .join("\n");
}

/** Where something is in a policy: keys and indexes from the top. */
export type Path = readonly (string | number)[];

/** Collects what is wrong, so that everything is reported at once. */
export interface Mistakes {
  readonly list: readonly PolicyMistake[];
  add(path: Path, message: string, suggestion?: string): void;
}

/** More are nobody's to read. */
const MOST_MISTAKES = 1_000;

export function createMistakes(): Mistakes {
  const list: PolicyMistake[] = [];
  return {
    list,
    add(path, message, suggestion) {
      if (list.length > MOST_MISTAKES) return;
      if (list.length === MOST_MISTAKES) {
        list.push({ path: "", message: "there are more mistakes than these" });
        return;
      }
      const at = pathText(path);
      list.push(suggestion === undefined ? { path: at, message } : { path: at, message, suggestion });
    },
  };
}

/** Names what a value is, for a message: the value itself when it is short, else its type. */
export function described(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "string") return value.length <= 64 ? JSON.stringify(value) : "a long text";
  return typeof value === "object" ? "an object" : typeof value;
}
