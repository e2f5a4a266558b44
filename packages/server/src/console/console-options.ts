import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";
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
  readonly store: Store;
  readonly clock: Clock;
}

/** What the console shares with the server around it. */
export interface ConsoleSurroundings {
  readonly basePath?: string;
  /** Has the sessions and counts wrong passwords; the process's memory when absent. */
  readonly store?: Store | undefined;
  readonly clock?: Clock;
}

/** The schema of the server's `console`. */
export const consoleSchema: OptionsSchema<ConsoleOptions> = defineOptions<ConsoleOptions>({
  required: {
    reviewers: option.listOf(
      defineOptions<Reviewer>({
        required: { id: option.id, passwordHash: option.setting(isPasswordHash, "must be made by hashPassword") },
        optional: {},
      }),
      { least: 1, of: "reviewers" },
    ),
  },
  optional: { secureCookies: option.flag },
});

/** @throws ConfigurationError for a reviewer who is there twice */
export function parseConsoleOptions(
  { reviewers, secureCookies = true }: ConsoleOptions,
  { basePath = "", store, clock = systemClock }: ConsoleSurroundings,
): ParsedConsoleOptions {
  const byId = new Map<string, Reviewer>();
  for (const [index, reviewer] of reviewers.entries()) {
    if (byId.has(reviewer.id)) throw new ConfigurationError(`console.reviewers[${index}].id`, "is there twice");
    byId.set(reviewer.id, reviewer);
  }
  return { reviewers: byId, secureCookies, basePath, store: store ?? createMemoryStore(), clock };
}
