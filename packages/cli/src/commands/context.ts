import type { Terminal } from "../lib/terminal.ts";

/** The surroundings of a command. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** 0, or 1 if what the command looked at is not in order. Set by the command. */
  exitCode: number;
  /** True if the process has to end although something keeps it running, such as an application that was loaded. */
  endsProcess: boolean;
}
