import { CliError } from "./cli-error.ts";

/** A store that `--store` names. */
export type StoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "postgres"; readonly url: string; readonly schema: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** How the flag is told of in every command's help. */
export const storeUsage = `sqlite:FILE, postgres://… or env:NAME for a location in an environment variable, such as
                        env:DATABASE_URL: other users of the machine can see the password of a URL that stands here`;

/** Reads `--store` and `--schema`. What is told of a location is never a part of it. @throws CliError */
export function parseStoreLocation(
  given: string,
  schema: string | undefined,
  environment: Environment,
  warn: (line: string) => void,
): StoreLocation {
  const [, variable] = /^env:(\w+)$/.exec(given) ?? [];
  const location = variable === undefined ? given : environment[variable];
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
  if (file === ":memory:") throw new CliError(`${flag}: say memory instead of sqlite::memory:.`);
  return { kind: "sqlite", file };
}
