/** What is wrong with how the command was called, in words for whoever called it. */
export class CliError extends Error {
  override readonly name: string = "CliError";
}
