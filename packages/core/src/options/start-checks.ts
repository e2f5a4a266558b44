import { ConfigurationError } from "../reply/errors.ts";
import { option } from "./option.ts";
import { defineOptions, type OptionEntries, type OptionsSchema } from "./read-options.ts";

/** What becomes of a service that fails a start-up check: it is refused, or used with a process warning. */
export type CheckMode = "refuse" | "warn";

/** Start-up checks, by name. A check that is not named refuses. */
export type StartChecks<Name extends string> = { readonly [Check in Name]?: CheckMode };

/** Defines the option `checks` of a factory whose start-up checks have these names. */
export function defineChecks<Name extends string>(names: readonly Name[]): OptionsSchema<StartChecks<Name>> {
  const mode = option.oneOf(["refuse", "warn"]);
  const optional = Object.fromEntries(names.map((name) => [name, mode]));
  return defineOptions<StartChecks<Name>>({ required: {}, optional } as unknown as OptionEntries<StartChecks<Name>>);
}

/** How a service is weaker than a check demands. None of the texts may hold a secret. */
export interface Weakness {
  /** The code of the process warning. */
  readonly code: `RA_${string}`;
  /** What is found, and what it costs. */
  readonly problem: string;
  /** What makes the check pass, in the imperative. */
  readonly remedy: string;
}

/** The start-up checks of one service. */
export interface StartCheck<Name extends string> {
  /** Notes that the service fails a check. @throws ConfigurationError unless `checks` says to warn */
  fail(name: Name, weakness: Weakness): void;
  /** Emits the warnings, once the service is not refused, and returns the checks that it failed. */
  conclude(): readonly Name[];
}

/** Carries out start-up checks, each of which refuses unless `checks` says to warn. */
export function createStartCheck<Name extends string>(checks: StartChecks<Name>): StartCheck<Name> {
  const failed = new Map<Name, Weakness>();
  return {
    fail(name, weakness) {
      const { problem, remedy } = weakness;
      if (checks[name] !== "warn") {
        throw new ConfigurationError(
          `checks.${name}`,
          `${problem}; ${remedy}, or set this check to "warn" to accept that`,
        );
      }
      failed.set(name, weakness);
    },
    conclude() {
      for (const [name, { code, problem, remedy }] of failed) {
        process.emitWarning(`${problem}; ${remedy}. The check "${name}" is set to "warn".`, {
          type: "RequireActionWarning",
          code,
        });
      }
      return [...failed.keys()];
    },
  };
}
