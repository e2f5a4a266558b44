const MAX_LENGTH = 256;

/**
 * Reads a locale, and returns it as BCP 47 writes it: from POSIX (`pt_BR.UTF-8`, `sr_RS@latin`), in any letter case, or the first
 * of an `Accept-Language` header. `undefined` for what names no language.
 * @see https://www.rfc-editor.org/info/bcp47
 */
export function parseLocale(given: unknown): string | undefined {
  if (typeof given !== "string" || given.length > MAX_LENGTH) return undefined;
  const [first = ""] = given.trim().split(/[\s,;.@]/, 1);
  const tag = first.replaceAll("_", "-");
  if (/^(?:c|posix)$/i.test(tag)) return undefined;
  try {
    const [locale] = Intl.getCanonicalLocales(tag);
    // The language that is not determined, as Java names its root locale.
    return locale === undefined || /^und\b/.test(locale) ? undefined : locale;
  } catch {
    return undefined;
  }
}

/** What is there for a user. */
export interface MatchedLocale {
  /** As it is among what is available. */
  readonly name: string;
  /** The user's locale that it was found for, as BCP 47 writes it. */
  readonly locale: string;
}

/**
 * Finds what is there for the first of a user's locales that anything is there for, by lookup (RFC 4647 section 3.4): each is
 * shortened from its end until it fits. Before a language alone comes the language in the script that the locale implies, so that
 * `zh-TW` finds `zh-Hant`; after it what is there for another region that writes the language in the same script, so that `pt`
 * finds `pt-BR`. Names are compared as BCP 47 compares them, so that `pt_br` is `pt-BR`.
 */
export function matchLocale(wanted: readonly string[], available: Iterable<string>): MatchedLocale | undefined {
  const names = [...available];
  const byTag = mapTags(names, (name) => parseLocale(name) ?? name);
  const byScript = mapTags(names, inItsScript);
  for (const locale of wanted) {
    for (const range of rangesOf(locale)) {
      const found = byTag.get(range.toLowerCase());
      if (found !== undefined) return { name: found, locale: parseLocale(locale) ?? locale };
    }
    const found = byScript.get(inItsScript(locale)?.toLowerCase() ?? "");
    if (found !== undefined) return { name: found, locale: parseLocale(locale) ?? locale };
  }
  return undefined;
}

/** Names by what is told of them, in lower case; of two that are alike, the first one. */
function mapTags(names: readonly string[], tagOf: (name: string) => string | undefined): ReadonlyMap<string, string> {
  const byTag = new Map<string, string>();
  for (const name of names) {
    const tag = tagOf(name)?.toLowerCase();
    if (tag !== undefined && !byTag.has(tag)) byTag.set(tag, name);
  }
  return byTag;
}

function rangesOf(locale: string): readonly string[] {
  const tag = parseLocale(locale);
  if (tag === undefined) return [locale];
  const ranges: string[] = [];
  for (let subtags = tag.split("-"); subtags.length > 0; subtags = shortened(subtags)) ranges.push(subtags.join("-"));
  const implied = inItsScript(tag);
  return [...ranges.slice(0, -1), ...(implied === undefined ? [] : [implied]), ...ranges.slice(-1)];
}

/**
 * Languages that a reader of the other reads as their own (CLDR `languageMatching`): Norwegian has two written forms and a tag for
 * both, and Cantonese is written in the characters of Chinese.
 */
const READ_AS: ReadonlyMap<string, string> = new Map([
  ["nb", "no"],
  ["nn", "no"],
  ["yue", "zh"],
]);

/** The language in the script that the locale implies: `zh-Hant` for `zh-TW`. */
function inItsScript(locale: string): string | undefined {
  const tag = parseLocale(locale);
  if (tag === undefined) return undefined;
  const { language, script } = new Intl.Locale(tag).maximize();
  return script === undefined ? undefined : `${READ_AS.get(language) ?? language}-${script}`;
}

/** Without the last subtag, and without a single letter that would then be last, as it began an extension. */
function shortened(subtags: readonly string[]): string[] {
  const left = subtags.slice(0, -1);
  return left.at(-1)?.length === 1 ? left.slice(0, -1) : left;
}
