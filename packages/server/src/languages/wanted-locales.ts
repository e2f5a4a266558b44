const MAX_LENGTH = 1000;
const MAX_LOCALES = 32;

/** Where a reader's language is known from. */
export interface LanguageHints {
  /** The locale of the action, as the application has tracked it. */
  readonly action?: string | undefined;
  /** The locale of the user. */
  readonly user?: string | undefined;
  /** Locales that the application has put into the address of the page, with blanks between, as OpenID Connect has them. */
  readonly uiLocales?: string | undefined;
  /** The header `Accept-Language`. */
  readonly acceptLanguage?: string | null | undefined;
}

/** The locales that a reader wants, the first one most: what the application says before what a browser does. */
export function wantedLocales({ action, user, uiLocales, acceptLanguage }: LanguageHints): readonly string[] {
  const given = uiLocales?.slice(0, MAX_LENGTH).split(/\s+/, MAX_LOCALES) ?? [];
  return [action, user, ...given, ...acceptedLanguages(acceptLanguage ?? "")].filter(
    (locale): locale is string => locale !== undefined && locale !== "",
  );
}

/**
 * The languages of the header `Accept-Language` by their weight, without those that are refused.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
 */
function acceptedLanguages(header: string): readonly string[] {
  return header
    .slice(0, MAX_LENGTH)
    .split(",", MAX_LOCALES)
    .map((item) => {
      const [range = "", ...parameters] = item.split(";").map((part) => part.trim());
      const weight = parameters.find((parameter) => /^q=/i.test(parameter))?.slice(2);
      return { range, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ range, weight }) => /^[a-z]/i.test(range) && weight > 0 && weight <= 1)
    .sort((one, other) => other.weight - one.weight)
    .map(({ range }) => range);
}
