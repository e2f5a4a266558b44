import { RequireActionError } from "@require-action/core";

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

  constructor(mistakes: readonly PolicyMistake[]) {
    super("request_unresolvable", { detail: listing(mistakes) });
    this.mistakes = mistakes;
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
