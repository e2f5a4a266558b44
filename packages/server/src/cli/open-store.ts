import { createMemoryStore, type Store } from "@require-action/engine";
import { CliError } from "./cli-error.ts";

/** Opens the store that `--store` names. @throws CliError */
export function openStore(location: string): Store {
  if (location === "memory") return createMemoryStore();
  if (/^(?:sqlite:.|postgres(?:ql)?:\/\/)/.test(location)) {
    throw new CliError(
      "--store sqlite:FILE and postgres://… are not served yet: use memory, or mount createServer with a store of @require-action/sql.",
    );
  }
  throw new CliError("--store must be memory, sqlite:FILE or postgres://…");
}
