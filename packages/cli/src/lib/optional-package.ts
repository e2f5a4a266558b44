import { CliError } from "./terminal.ts";

/**
 * Imports a package that only some options need.
 * @param needed Who needs which package, and how it comes, as `--store postgres: needs the pg package. Run npm install pg.`
 * @throws CliError with `needed` where the package is not installed
 */
export async function importOptional<Module>(load: () => Promise<Module>, needed: string): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new CliError(needed);
  }
}
