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
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

/**
 * Finds what is there for the first of a user's locales that anything is there for, by lookup (RFC 4647 section 3.4): each is
 * shortened from its end until it fits. Before a language alone comes the language in the script that the locale implies, so that
 * `zh-TW` finds `zh-Hant`. Names are compared as BCP 47 compares them, so that `pt_br` is `pt-BR`.
 * @returns the name as it is among `available`
 */
export function lookUpLocale(wanted: readonly string[], available: Iterable<string>): string | undefined {
  const byTag = new Map<string, string>();
  for (const name of available) {
    const tag = (parseLocale(name) ?? name).toLowerCase();
    if (!byTag.has(tag)) byTag.set(tag, name);
  }
  for (const locale of wanted) {
    for (const range of rangesOf(locale)) {
      const found = byTag.get(range.toLowerCase());
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function rangesOf(locale: string): readonly string[] {
  const tag = parseLocale(locale);
  if (tag === undefined) return [locale];
  const ranges: string[] = [];
  for (let subtags = tag.split("-"); subtags.length > 0; subtags = shortened(subtags)) ranges.push(subtags.join("-"));
  const { language, script } = new Intl.Locale(tag).maximize();
  const implied = script === undefined ? [] : [`${language}-${script}`];
  return [...ranges.slice(0, -1), ...implied, ...ranges.slice(-1)];
}

/** Without the last subtag, and without a single letter that would then be last, as it began an extension. */
function shortened(subtags: readonly string[]): string[] {
  const left = subtags.slice(0, -1);
  return left.at(-1)?.length === 1 ? left.slice(0, -1) : left;
}
