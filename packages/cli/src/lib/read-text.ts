import { readFileSync } from "node:fs";
import { CliError } from "./cli-error.ts";

/** Reads a file that an argument names. @throws CliError */
export function readText(file: string, argument = ""): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "There is no such file." : `It cannot be read (${code}).`;
    throw new CliError(`${argument === "" ? "" : `${argument} `}${file}: ${reason}`);
  }
}
