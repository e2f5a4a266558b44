import { type Environment, readSetting } from "../lib/setting.ts";
import { CliError } from "../lib/terminal.ts";

/** A store that `--store` names. */
export type StoreLocation =
  | { readonly kind: "memory" }
  | { readonly kind: "sqlite"; readonly file: string }
  | {
      readonly kind: "postgres";
      readonly url: string;
      readonly schema: string;
      /** The URL of a replica, for the console's lists. */
      readonly replicaUrl?: string;
    };

/** Reads `--store` and `--schema`. Error messages never quote a part of a location. @throws CliError */
export function parseStoreLocation(
  given: string,
  schema: string | undefined,
  environment: Environment,
  warn: (line: string) => void,
): StoreLocation {
  const { flag, location } = readLocation("--store", given, environment);
  if (isPostgres(location)) {
    assertUrl(flag, location);
    if (location === given && hasPassword(location)) warn(visiblePassword("--store", "DATABASE_URL"));
    return { kind: "postgres", url: location, schema: schema ?? "require_action" };
  }
  if (schema !== undefined) throw new CliError("--schema is for PostgreSQL only.");
  if (location === "memory") return { kind: "memory" };
  const [, file] = /^sqlite:(.+)$/.exec(location) ?? [];
  if (file === undefined) throw new CliError(`${flag} must be memory, sqlite:FILE, postgres://… or env:NAME.`);
  if (file === ":memory:") throw new CliError(`${flag}: use memory instead of sqlite::memory:.`);
  return { kind: "sqlite", file };
}

/** Reads `--store` where it is Redis. Error messages never quote a part of it. @throws CliError */
export function parseRedisLocation(given: string, environment: Environment, warn: (line: string) => void): string {
  const { flag, location } = readLocation("--store", given, environment);
  if (!/^rediss?:\/\//.test(location)) throw new CliError(`${flag} must be redis://…, where BullMQ is, or env:NAME.`);
  assertUrl(flag, location);
  if (location === given && hasPassword(location)) warn(visiblePassword("--store", "REDIS_URL"));
  return location;
}

/** Adds what `--read-replica` names to a location. @throws CliError where that is not PostgreSQL */
export function withReadReplica(
  location: StoreLocation,
  given: string | undefined,
  environment: Environment,
  warn: (line: string) => void,
): StoreLocation {
  if (given === undefined) return location;
  if (location.kind !== "postgres") throw new CliError("--read-replica is for PostgreSQL only.");
  const { flag, location: replicaUrl } = readLocation("--read-replica", given, environment);
  if (!isPostgres(replicaUrl)) throw new CliError(`${flag} must be postgres://… or env:NAME.`);
  assertUrl(flag, replicaUrl);
  if (replicaUrl === given && hasPassword(replicaUrl)) warn(visiblePassword("--read-replica", "REPLICA_URL"));
  return { ...location, replicaUrl };
}

/** A location as it is given, or as a variable has it; and what messages call it. @throws CliError */
function readLocation(
  name: "--store" | "--read-replica",
  given: string,
  environment: Environment,
): { readonly flag: string; readonly location: string } {
  const [, variable] = /^env:(\w+)$/.exec(given) ?? [];
  const location = variable === undefined ? given : readSetting(environment, variable);
  const flag = variable === undefined ? name : `${name} env:${variable}`;
  if (!location) throw new CliError(`${flag}: the variable is not set.`);
  return { flag, location };
}

function isPostgres(location: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(location);
}

function assertUrl(flag: string, location: string): void {
  if (!URL.canParse(location)) throw new CliError(`${flag}: the URL cannot be read. Percent-encode its password.`);
}

function hasPassword(location: string): boolean {
  const { password, searchParams } = new URL(location);
  return password !== "" || searchParams.has("password");
}

function visiblePassword(flag: string, variable: string): string {
  return `Other users of this machine can see the password in ${flag}: set ${variable}, and say ${flag} env:${variable}.`;
}
