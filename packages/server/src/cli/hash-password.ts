import { Writable } from "node:stream";
import { createInterface } from "node:readline";
import { hashPassword } from "../console/index.ts";
import { CliError } from "./cli-error.ts";

/** It is all that stands before the console. @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.1.2 */
const MIN_LENGTH = 15;

export const hashPasswordUsage: string = `Usage: require-action hash-password

Reads a reviewer's password, at least ${MIN_LENGTH} characters, from the terminal or the standard input, and prints its hash
for the file that "require-action serve --reviewers" reads.

  --help
`;

/** Reads one line and hashes it. @throws CliError */
export async function hashTypedPassword(input: NodeJS.ReadStream, prompt: (text: string) => void): Promise<string> {
  const isTyped = input.isTTY === true;
  if (isTyped) prompt("Password: ");
  // Nothing that is typed is shown.
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silence, terminal: isTyped });
  let password = "";
  for await (const line of lines) {
    password = line;
    break;
  }
  lines.close();
  if (isTyped) prompt("\n");
  if ([...password].length < MIN_LENGTH)
    throw new CliError(`The password must have at least ${MIN_LENGTH} characters.`);
  return hashPassword(password);
}
