import { isIPv6 } from "node:net";
import { ConfigurationError } from "@require-action/core";
import type { IpFactName } from "../policy/unknown-facts.ts";
import type { IpFacts, IpSource } from "./fact-sources.ts";

/** An open database in MaxMind's format (MMDB), as `open()` and `new Reader()` of the package `maxmind` make one. */
export interface IpDatabaseReader {
  readonly metadata: { readonly databaseType: string; readonly ipVersion: number };
  /** What it knows of an address. */
  get(address: string): unknown;
}

function isReader(given: unknown): given is IpDatabaseReader {
  const { get, metadata } = (given ?? {}) as Partial<IpDatabaseReader>;
  return typeof get === "function" && typeof metadata?.databaseType === "string";
}

/** What a database is about: by its type alone, as GeoLite2-City, DBIP-Country-Lite and GeoIP2-Anonymous-IP say it. */
function contentsOf({ metadata: { databaseType } }: IpDatabaseReader): readonly IpFactName[] {
  const hasCountry = /country|city|enterprise/i.test(databaseType);
  const hasAnonymous = /anonymous/i.test(databaseType);
  return [...(hasCountry ? ["countryCode" as const] : []), ...(hasAnonymous ? ["isAnonymous" as const] : [])];
}

/**
 * Looks addresses up in databases in MaxMind's format, for `facts.ip`: `createIpSource(await open("GeoLite2-City.mmdb"))`, with
 * `open` of the package `maxmind`. The first database that knows a country gives it, and one
 * that lists an address as anonymous is enough. Such a database lists the anonymous addresses: an address that it does not list
 * is not anonymous. Of an IPv6 address a database of IPv4 knows nothing.
 *
 * @param readers of databases of countries, cities or anonymous addresses, read at each look-up: one that `open()` watches for
 *   updates stays up to date
 * @throws ConfigurationError for a database of anything else
 */
export function createIpSource(...readers: readonly [IpDatabaseReader, ...IpDatabaseReader[]]): IpSource {
  if (readers.length === 0 || !readers.every(isReader)) {
    throw new ConfigurationError(
      "facts.ip",
      'createIpSource takes open databases, as await open("GeoLite2-Country.mmdb") of maxmind',
    );
  }
  const databases = readers.map((reader) => ({ reader, provides: contentsOf(reader) }));
  for (const { reader, provides } of databases) {
    if (provides.length > 0) continue;
    const type = JSON.stringify(reader.metadata.databaseType);
    throw new ConfigurationError(
      "facts.ip",
      `a database of the type ${type} contains neither countries nor anonymous addresses`,
    );
  }
  return {
    provides: [...new Set(databases.flatMap(({ provides }) => provides))],
    lookUp(address) {
      const known: { -readonly [Name in keyof IpFacts]: IpFacts[Name] } = {};
      for (const { reader, provides } of databases) {
        const { countryCode, isAnonymous } = lookUp(reader, provides, address);
        known.countryCode ??= countryCode;
        known.isAnonymous = known.isAnonymous === true || isAnonymous === true || (isAnonymous ?? known.isAnonymous);
      }
      return known;
    },
  };
}

function lookUp(reader: IpDatabaseReader, provides: readonly IpFactName[], written: string): IpFacts {
  const address = written.replace(/^::ffff:([\d.]+)$/i, "$1");
  // The reader would take an IPv6 address for another one there, and find no anonymity in it.
  if (reader.metadata.ipVersion === 4 && isIPv6(address)) return {};
  const record: unknown = reader.get(address);
  return {
    ...(provides.includes("countryCode") ? { countryCode: countryOf(record) } : {}),
    // A record names what is true.
    ...(provides.includes("isAnonymous") ? { isAnonymous: member(record, "is_anonymous") === true } : {}),
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
