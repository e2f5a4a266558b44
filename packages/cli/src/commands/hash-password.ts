import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CliError } from "../lib/terminal.ts";
import { CliCommand, type Context } from "./cli-command.ts";

/** Nothing but the password protects the console. @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.1.2 */
const MIN_LENGTH = 15;

/** `require-action hash-password` */
export function createHashPasswordCommand({ terminal }: Context): CliCommand {
  return new CliCommand("hash-password")
    .summary("hashes a reviewer's password")
    .description(
      `Reads a reviewer's password, at least ${MIN_LENGTH} characters, from the terminal or the standard input, and prints its hash for the file that "require-action serve --reviewers" reads.`,
    )
    .action(async () => {
      const password = await readPassword(process.stdin, (text) => void process.stderr.write(text));
      const { hashPassword } = await import("@require-action/server");
      terminal.write(await hashPassword(password));
    });
}

/** Reads one line, and echoes nothing. @throws CliError if the password is too short */
async function readPassword(input: NodeJS.ReadStream, prompt: (text: string) => void): Promise<string> {
  const isTyped = input.isTTY === true;
  if (isTyped) prompt("Password: ");
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silence, terminal: isTyped });
  let password = "";
  for await (const line of lines) {
    password = line;
    break;
  }
  lines.close();
  if (isTyped) prompt("\n");
  if ([...password].length < MIN_LENGTH) {
    throw new CliError(`The password must have at least ${MIN_LENGTH} characters.`);
  }
  return password;
}
