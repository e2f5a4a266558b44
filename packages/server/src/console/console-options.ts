import { type Clock, ConfigurationError, isId, systemClock } from "@require-action/core";
import { createMemoryStore, type Store } from "@require-action/engine";
import { isPasswordHash } from "./password.ts";

/** Someone who may decide reviews. */
export interface Reviewer {
  /** As the audit trail names them. Nobody decides an action of a user with the same id. */
  readonly id: string;
  /** Made by `hashPassword`, or by `require-action hash-password`. */
  readonly passwordHash: string;
}

/** Who may use the review console, and how. */
export interface ConsoleOptions {
  readonly reviewers: readonly Reviewer[];
  /** False only where the console is reached without TLS, on a developer's machine; true by default. */
  readonly secureCookies?: boolean;
}

/** The options with nothing left open. */
export interface ParsedConsoleOptions {
  readonly reviewers: ReadonlyMap<string, Reviewer>;
  readonly secureCookies: boolean;
  readonly basePath: string;
  readonly attempts: Pick<Store, "countAttempt" | "resetAttempts">;
  readonly clock: Clock;
}

/** What the console shares with the server around it. */
export interface ConsoleSurroundings {
  readonly basePath?: string;
  /** Counts wrong passwords; the process's memory when absent. */
  readonly store?: Store | undefined;
  readonly clock?: Clock;
}

/** @throws ConfigurationError that names the option */
export function parseConsoleOptions(
  { reviewers, secureCookies = true, ...unknown }: ConsoleOptions,
  { basePath = "", store, clock = systemClock }: ConsoleSurroundings,
): ParsedConsoleOptions {
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw new ConfigurationError(`console.${name}`, "is not an option");
  if (!Array.isArray(reviewers) || reviewers.length === 0) {
    throw new ConfigurationError("console.reviewers", "a list of at least one reviewer is needed");
  }
  if (typeof secureCookies !== "boolean")
    throw new ConfigurationError("console.secureCookies", "must be true or false");
  const byId = new Map<string, Reviewer>();
  for (const [index, { id, passwordHash }] of reviewers.entries()) {
    const option = `console.reviewers[${index}]`;
    if (!isId(id)) throw new ConfigurationError(`${option}.id`, "must be an id of 1 to 256 bytes");
    if (byId.has(id)) throw new ConfigurationError(`${option}.id`, "is there twice");
    if (!isPasswordHash(passwordHash))
      throw new ConfigurationError(`${option}.passwordHash`, "must be made by hashPassword");
    byId.set(id, { id, passwordHash });
  }
  return { reviewers: byId, secureCookies, basePath, attempts: store ?? createMemoryStore(), clock };
}
