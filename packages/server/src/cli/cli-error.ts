/** What is wrong with how the command was called, in words for whoever called it. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  /** 2; 1 where the command is right and what it needs is not there. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
