import { readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import type { IpFacts, IpSource } from "@require-action/engine";
import type { IpFactName, IpKnowledge } from "@require-action/engine/policy";
import { CliError } from "../lib/terminal.ts";

/** What `--ip-database` says: what can be looked up, or `"none"` that nothing can. */
export type IpDatabases = IpSource | "none" | undefined;

/** Which facts about addresses rules can name. */
export function ipKnowledge(ip: IpDatabases): IpKnowledge | undefined {
  return typeof ip === "object" ? ip.provides : ip;
}

interface OpenDatabase {
  readonly provides: readonly IpFactName[];
  lookUp(address: string): IpFacts | undefined;
}

/** Opens the databases, in MaxMind's format (MMDB); the first one that knows a country gives it, and one that
 * lists an address as anonymous is enough. @throws CliError */
export async function openIpDatabases(files: readonly string[]): Promise<IpDatabases> {
  if (files.length === 0) return undefined;
  if (files.includes("none")) {
    if (files.length > 1) throw new CliError("--ip-database none cannot stand beside another one.");
    return "none";
  }
  const { Reader } = await importMaxmind();
  const databases = files.map((file) => openDatabase(file, Reader));
  return {
    provides: [...new Set(databases.flatMap(({ provides }) => provides))],
    lookUp(address) {
      const known: { -readonly [Name in keyof IpFacts]: IpFacts[Name] } = {};
      for (const { lookUp } of databases) {
        const { countryCode, isAnonymous } = lookUp(address) ?? {};
        known.countryCode ??= countryCode;
        known.isAnonymous = known.isAnonymous === true || isAnonymous === true || (isAnonymous ?? known.isAnonymous);
      }
      return known;
    },
  };
}

type Maxmind = typeof import("maxmind");

function openDatabase(file: string, Reader: Maxmind["Reader"]): OpenDatabase {
  let reader: InstanceType<Maxmind["Reader"]>;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CliError(`--ip-database ${file}: it cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    reader = new Reader(bytes);
  } catch {
    throw new CliError(`--ip-database ${file}: it is not a database in MaxMind's format (MMDB).`);
  }
  const { databaseType, ipVersion } = reader.metadata;
  // A database says what it is about by its type alone: GeoLite2-City, DBIP-Country-Lite, GeoIP2-Anonymous-IP.
  const hasCountry = /country|city|enterprise/i.test(databaseType);
  const hasAnonymous = /anonymous/i.test(databaseType);
  if (!hasCountry && !hasAnonymous) {
    throw new CliError(
      `--ip-database ${file}: a database of the type ${JSON.stringify(databaseType)} contains neither countries nor anonymous addresses.`,
    );
  }
  return {
    provides: [...(hasCountry ? ["countryCode" as const] : []), ...(hasAnonymous ? ["isAnonymous" as const] : [])],
    lookUp(written) {
      const address = written.replace(/^::ffff:([\d.]+)$/i, "$1");
      // The reader would take an IPv6 address for another one there, and find no anonymity in it.
      if (ipVersion === 4 && isIPv6(address)) return undefined;
      const record: unknown = reader.get(address);
      return {
        ...(hasCountry ? { countryCode: countryOf(record) } : {}),
        // Such a database lists the anonymous addresses, and a record names what is true.
        ...(hasAnonymous ? { isAnonymous: member(record, "is_anonymous") === true } : {}),
      };
    },
  };
}

/** MaxMind and DB-IP write `country.iso_code`; others `country` or `country_code`. */
function countryOf(record: unknown): string | undefined {
  const country = member(record, "country");
  const code = member(country, "iso_code") ?? member(record, "country_code") ?? country;
  return typeof code === "string" && /^[A-Z]{2}$/.test(code) ? code : undefined;
}

function member(record: unknown, name: string): unknown {
  if (typeof record !== "object" || record === null || !Object.hasOwn(record, name)) return undefined;
  return (record as Readonly<Record<string, unknown>>)[name];
}

async function importMaxmind(): Promise<Maxmind> {
  try {
    return await import("maxmind");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new CliError("--ip-database: needs the maxmind package. Run npm install maxmind@5.");
  }
}
