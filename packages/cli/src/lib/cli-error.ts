/** The message for whoever called a command that is wrong, or that lacks what it needs. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  /** 2 if the command is wrong; 1 if the command is right and something that it needs is missing or broken. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 2) {
    super(message);
    this.exitCode = exitCode;
  }
}
