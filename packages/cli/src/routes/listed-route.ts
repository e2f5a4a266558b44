import type { GuardDescription } from "@require-action/core/adapter";

/** The methods that change something. */
export const MUTATING: readonly string[] = ["POST", "PUT", "PATCH", "DELETE"];

/** The methods to look at. Of `GET`, only guarded routes are listed. */
export const METHODS: readonly string[] = ["GET", ...MUTATING];

/** A route of an application, and the guards that stand in front of its handler. */
export interface ListedRoute {
  readonly method: string;
  readonly path: string;
  readonly guards: readonly GuardDescription[];
}

/** True for a route that changes something, or that has a guard. */
export function isListed({ method, guards }: ListedRoute): boolean {
  return MUTATING.includes(method) || guards.length > 0;
}
