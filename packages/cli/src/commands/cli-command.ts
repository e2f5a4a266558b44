import { Command, type ErrorOptions, Help, Option, type ParseOptionsResult } from "commander";
import { CliError, printable, type Terminal } from "../lib/terminal.ts";

/** A command of `require-action`. Its mistakes are `CliError`s in a sentence of their own, and quote no value of an option. */
export class CliCommand extends Command {
  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  override createHelp(): Help {
    return Object.assign(new Help(), this.configureHelp());
  }

  override error(message: string, { code }: ErrorOptions = {}): never {
    throw new CliError(`${explain(message, code)} See ${pathOf(this)} --help.`);
  }

  /** Reports an unknown option rather than a missing one, and hides the value behind it: it may be a secret. */
  override parseOptions(args: string[]): ParseOptionsResult {
    const { operands, unknown } = super.parseOptions(args);
    if (this.commands.length > 0 || unknown.length === 0) return { operands, unknown };
    for (const option of this.options) option.mandatory = false;
    const [, flag] = /^(--[^=]+)=/.exec(unknown[0] ?? "") ?? [];
    if (this.options.some(({ long }) => long === flag)) this.error(`error: ${flag} takes no value`);
    return { operands, unknown: unknown.map((one) => one.replace(/^(--?[\w-]*)[^]*$/, "$1")) };
  }
}

/** An option that takes a value; another option in its place means that the value was forgotten. */
export function valueOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string) => given(flags, value));
}

/** An option that may be given several times. Its value is a list. */
export function repeatableOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; repeatable`).argParser(
    (value: string, others: readonly string[] | undefined): readonly string[] => [
      ...(others ?? []),
      given(flags, value),
    ],
  );
}

function given(flags: string, value: string): string {
  if (value === "-h" || value.startsWith("--")) throw new CliError(`${withoutBrackets(flags)} needs a value.`);
  return value;
}

/** `require-action policy check` */
function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function withoutBrackets(flags: string): string {
  return flags.replaceAll(/[<>]/g, "");
}

/** commander's message as a sentence: `error: unknown option '--prot'\n(Did you mean --port?)`. */
function explain(message: string, code = ""): string {
  const end = message.lastIndexOf("\n(Did you mean ");
  const problem = message.slice("error: ".length, end === -1 ? undefined : end);
  const hint = end === -1 ? undefined : message.slice(end + 2, -1);
  const [, quoted = ""] = /'([^]*)'/.exec(problem) ?? [];
  const flags = withoutBrackets(quoted);
  switch (code) {
    case "commander.missingArgument":
      return `${quoted} is missing.`;
    case "commander.missingMandatoryOptionValue":
      return `${flags} is missing.`;
    case "commander.optionMissingArgument":
      return `${flags} needs a value.`;
    case "commander.excessArguments":
      // It may be the secret that belonged to an option.
      return "Unexpected argument.";
    case "commander.unknownOption": {
      const [flag = ""] = /^--?[\w-]*/.exec(quoted) ?? [];
      return hint === undefined ? `Unknown option '${flag}'.` : `Unknown option '${flag}'. ${hint}`;
    }
    default: {
      const sentence = `${problem.slice(0, 1).toUpperCase()}${problem.slice(1)}.`;
      return printable(hint === undefined ? sentence : `${sentence} ${hint}`);
    }
  }
}

/** The surroundings of a command. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** 0, or 1 if what the command looked at is not in order. Set by the command. */
  exitCode: number;
  /** True if the process has to end although something keeps it running, such as an application that was loaded. */
  endsProcess: boolean;
}

/** What `--store` accepts, apart from memory. */
export const durableStores =
  "sqlite:FILE, postgres://…, or env:NAME for a location in an environment variable, such as env:DATABASE_URL, or in a file that NAME_FILE names: other users of the machine can see the password of a URL on the command line";

/** The option `--schema`, for PostgreSQL. */
export function schemaOption(): Option {
  return valueOption("--schema <NAME>", "the schema of PostgreSQL's tables (default: require_action)");
}

/** The option of whatever opens a store. */
export function warnCheckOption(): Option {
  return repeatableOption(
    "--warn-check <CHECK>",
    "a start-up check of the store that warns instead of refusing, such as statementTimeout; a refusal names it",
  );
}
