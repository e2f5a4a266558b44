/** The output streams of a command, line by line. */
export interface Terminal {
  /** Writes a line to the standard output. */
  write(line: string): void;
  /** Writes a line to the standard error. */
  warn(line: string): void;
  /** True if the standard output shows colours. False by default. */
  readonly hasColors?: boolean;
}

type Style = "bold" | "green" | "red";

const codes: Readonly<Record<Style, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  red: [31, 39],
  green: [32, 39],
};

/** True for a terminal that shows colours, unless `NO_COLOR` is set. @see https://no-color.org */
export function showsColors(
  stream: { readonly isTTY?: boolean; hasColors?(environment: object): boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return !environment["NO_COLOR"] && stream.isTTY === true && stream.hasColors?.(environment) === true;
}

/** Paints text where the terminal shows colours, and leaves it as it is elsewhere. */
export function paint({ hasColors = false }: Terminal, style: Style, text: string): string {
  const [on, off] = codes[style];
  return hasColors ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** Nothing that ends a line, moves the cursor, or turns the order of letters around. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

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
