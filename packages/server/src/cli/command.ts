import type { Terminal } from "./terminal.ts";

/** One command of `require-action`. */
export interface Command {
  readonly usage: string;
  /** True for one that may leave things open which are not its own, such as an application's. */
  readonly endsProcess?: boolean;
  /**
   * Does what it is called for, and answers with the exit code: 0, or 1 when what it looked at is not as it should be.
   * @throws CliError when the command is wrong
   */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}
