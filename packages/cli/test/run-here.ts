import { createServeCommand } from "../src/commands/serve.ts";
import { runProgram } from "../src/commands/program.ts";
import type { ServeSettings } from "../src/serve/serve-settings.ts";

/** The lines that a command printed, and the code that its process would end with. */
export interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs `require-action` in this process. */
export async function runHere(
  args: readonly string[],
  { environment = {}, hasColors = false }: { environment?: Readonly<Record<string, string>>; hasColors?: boolean } = {},
): Promise<Ran> {
  let [output, errors] = ["", ""];
  const terminal = {
    write: (line: string) => void (output += `${line}\n`),
    warn: (line: string) => void (errors += `${line}\n`),
    hasColors,
  };
  const { exitCode } = await runProgram(args, { terminal, environment });
  return { code: exitCode, output, errors };
}

/** The settings that `require-action serve` reads from its options. */
export async function serveSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ServeSettings> {
  const settings: ServeSettings[] = [];
  const terminal = { write: () => undefined, warn: () => undefined };
  await createServeCommand({ terminal, environment, exitCode: 0, endsProcess: false }, async (one) => {
    settings.push(one);
  }).parseAsync(args, { from: "user" });
  return settings[0]!;
}
