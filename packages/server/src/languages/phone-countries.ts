import type { Language } from "./languages.ts";

/** What a page needs to ask for a phone number. */
interface PhoneCountries {
  /** By the names of a language, in its order: `["GB", "United Kingdom +44"]`. */
  readonly countries: readonly (readonly [code: string, label: string])[];
  /** The reader's own, where their language says. */
  readonly preferred?: string;
}

/** Loaded with the first number: the metadata of all countries weigh 80 kB. */
const loadLibrary = (): Promise<typeof import("libphonenumber-js/min")> => import("libphonenumber-js/min");

const MAX_WRITTEN = 64;

/** Lists the countries that have phone numbers. */
export async function listPhoneCountries({ locale }: Pick<Language, "locale">): Promise<PhoneCountries> {
  const { getCountries, getCountryCallingCode } = await loadLibrary();
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const { compare } = new Intl.Collator(locale);
  const countries = getCountries()
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((one, other) => compare(one.name, other.name))
    // The plus sign stands in front of its digits, in lines from right to left too.
    .map(({ code, name }) => [code, `${name} \u2066+${getCountryCallingCode(code)}\u2069`] as const);
  const { region } = new Intl.Locale(locale).maximize();
  const isThere = countries.some(([code]) => code === region);
  return { countries, ...(isThere && region !== undefined && { preferred: region }) };
}

/**
 * Reads a phone number as people of a country write it, and returns it in E.164. A number with a plus sign is of the country that it
 * names. `undefined` for what cannot be a number, and for extensions, which no message reaches.
 */
export async function readPhoneNumber(given: unknown, country: unknown): Promise<string | undefined> {
  if (typeof given !== "string" || given.length > MAX_WRITTEN) return undefined;
  const { isSupportedCountry, parsePhoneNumberFromString } = await loadLibrary();
  const defaultCountry = typeof country === "string" && isSupportedCountry(country) ? country : undefined;
  const number = parsePhoneNumberFromString(given.replaceAll(/\p{Cf}/gu, ""), {
    ...(defaultCountry && { defaultCountry }),
    extract: false,
  });
  return number?.isPossible() === true && number.ext === undefined ? number.number : undefined;
}
