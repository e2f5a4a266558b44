import type { Option } from "commander";
import { valueOption } from "./cli-command.ts";

/** What `--store` accepts, apart from memory. */
export const durableStores =
  "sqlite:FILE, postgres://…, or env:NAME for a location in an environment variable, such as env:DATABASE_URL: other users of the machine can see the password of a URL on the command line";

/** The option `--schema`, for PostgreSQL. */
export function schemaOption(): Option {
  return valueOption("--schema <NAME>", "the schema of PostgreSQL's tables (default: require_action)");
}
