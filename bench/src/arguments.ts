import { parseArgs } from "node:util";
import type { Pace } from "./report.ts";

/** What the command line asks for. */
export interface Arguments {
  /** Names of groups; all when empty. */
  readonly groups: readonly string[];
  readonly pace: Pace;
  /** Whether to write docs/PERFORMANCE.md. */
  readonly writes: boolean;
  /** Where to keep the run, and the earlier one to compare it with. */
  readonly save: string | undefined;
  readonly compare: string | undefined;
}

/** What the command takes. */
export function usageOf(known: readonly string[]): string {
  return `Usage: npm run bench -- [GROUP …] [options]

Groups: ${known.join(", ")}; all unless said otherwise.

  --quick  for a look while changing something
  --tiny   to try the bench itself
  --write  writes docs/PERFORMANCE.md, from all groups at their full length
  --save FILE     keeps the run
  --compare FILE  tells what became of each aim since a run that was kept
  --help`;
}

/** Reads the command line. @throws TypeError that says what is wrong with it */
export function readArguments(args: readonly string[], known: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean" },
      tiny: { type: "boolean" },
      write: { type: "boolean" },
      save: { type: "string" },
      compare: { type: "string" },
    },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new TypeError(`There is no group ${unknown}; there are ${known.join(", ")}.`);
  const pace = values.tiny ? "tiny" : values.quick ? "quick" : "full";
  const writes = values.write ?? false;
  if (writes && (pace !== "full" || positionals.length > 0)) {
    throw new TypeError("--write takes all groups at their full length: the page must come from one run.");
  }
  return { groups: positionals, pace, writes, save: values.save, compare: values.compare };
}
