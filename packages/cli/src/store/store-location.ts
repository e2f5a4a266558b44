import { type Environment, readSetting } from "../lib/setting.ts";
import { CliError } from "../lib/terminal.ts";

/** A store that `--store` names. */
export type StoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string };

/** Reads `--store` and `--schema`. Error messages never quote a part of a location. @throws CliError */
export function parseStoreLocation(
  given: string,
  schema: string | undefined,
  environment: Environment,
  warn: (line: string) => void,
): StoreLocation {
  const [, variable] = /^env:(\w+)$/.exec(given) ?? [];
  const location = variable === undefined ? given : readSetting(environment, variable);
  const flag = variable === undefined ? "--store" : `--store env:${variable}`;
  if (!location) throw new CliError(`${flag}: the variable is not set.`);
  if (/^postgres(?:ql)?:\/\//.test(location)) {
    if (!URL.canParse(location)) throw new CliError(`${flag}: the URL cannot be read. Percent-encode its password.`);
    const url = new URL(location);
    if (variable === undefined && (url.password !== "" || url.searchParams.has("password"))) {
      warn(
        "Other users of this machine can see the password in --store: set DATABASE_URL, and say --store env:DATABASE_URL.",
      );
    }
    return { kind: "postgres", url: location, schema: schema ?? "require_action" };
  }
  if (schema !== undefined) throw new CliError("--schema is for PostgreSQL only.");
  if (location === "memory") return { kind: "memory" };
  const [, file] = /^sqlite:(.+)$/.exec(location) ?? [];
  if (file === undefined) throw new CliError(`${flag} must be memory, sqlite:FILE, postgres://… or env:NAME.`);
  if (file === ":memory:") throw new CliError(`${flag}: use memory instead of sqlite::memory:.`);
  return { kind: "sqlite", file };
}
