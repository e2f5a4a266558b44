import { readFileSync } from "node:fs";
import { ConfigurationError } from "@require-action/core";
import type { IpSource } from "@require-action/engine";
import { createIpSource, type IpDatabaseReader, type IpKnowledge } from "@require-action/engine/policy";
import { importOptional } from "../lib/optional-package.ts";
import { CliError } from "../lib/terminal.ts";

/** What `--ip-database` says: what can be looked up, or `"none"` that nothing can. */
export type IpDatabases = IpSource | "none" | undefined;

/** Which facts about addresses rules can name. */
export function ipKnowledge(ip: IpDatabases): IpKnowledge | undefined {
  return typeof ip === "object" ? ip.provides : ip;
}

/** Opens the databases, in MaxMind's format (MMDB). @throws CliError */
export async function openIpDatabases(files: readonly string[]): Promise<IpDatabases> {
  if (files.length === 0) return undefined;
  if (files.includes("none")) {
    if (files.length > 1) throw new CliError("--ip-database none cannot stand beside another one.");
    return "none";
  }
  const { Reader } = await importOptional(
    () => import("maxmind"),
    "--ip-database: needs the maxmind package. Run npm install maxmind@5.",
  );
  const [first, ...others] = files.map((file) => openDatabase(file, Reader));
  return first && createIpSource(first, ...others);
}

type Maxmind = typeof import("maxmind");

function openDatabase(file: string, Reader: Maxmind["Reader"]): IpDatabaseReader {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CliError(`--ip-database ${file}: it cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  let reader: IpDatabaseReader;
  try {
    reader = new Reader(bytes);
  } catch {
    throw new CliError(`--ip-database ${file}: it is not a database in MaxMind's format (MMDB).`);
  }
  try {
    // By itself, so that the message names the file.
    createIpSource(reader);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new CliError(`--ip-database ${file}: ${error.problem}.`);
    throw error;
  }
  return reader;
}
