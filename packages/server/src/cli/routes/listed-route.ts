import type { GuardDescription } from "@require-action/core";

/** What changes something. */
export const MUTATING: readonly string[] = ["POST", "PUT", "PATCH", "DELETE"];

/** A route of an application, and the guards that stand in front of its handler. */
export interface ListedRoute {
  readonly method: string;
  readonly path: string;
  readonly guards: readonly GuardDescription[];
}
