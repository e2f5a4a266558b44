import { ConfigurationError } from "@require-action/core";
import { memberOf, nearest, pathText } from "@require-action/core/options";
import { matchLocale } from "@require-action/engine/server";
import { catalogue, type LanguageName, languageNames, messageKeys } from "./catalogue.ts";
import type { MessageKey } from "./catalogue/en.ts";
import { compileMessage, MessageProblem, namesIn } from "./compile-message.ts";
import type { CompiledMessage } from "./format-message.ts";

/**
 * Texts in place of those of the catalogue, in ICU MessageFormat, by language and key: `{ de: { "code.send": "Code anfordern" } }`.
 * Each has the placeholders of the text that it replaces.
 */
export type MessageOverrides = {
  readonly [Language in LanguageName]?: { readonly [Key in MessageKey]?: string };
};

/** Overrides that are known to be right. */
export type CompiledOverrides = ReadonlyMap<LanguageName, ReadonlyMap<MessageKey, CompiledMessage>>;

/**
 * Reads overrides whole.
 * @param option how messages name them, as `page.messages`
 * @throws ConfigurationError that has the path of what is wrong, and what was probably meant
 */
export function parseOverrides(given: unknown, option: string): CompiledOverrides {
  const overrides = new Map<LanguageName, ReadonlyMap<MessageKey, CompiledMessage>>();
  for (const [name, texts] of membersOf(given, [option])) {
    if (!isOneOf(name, languageNames)) {
      const meant = matchLocale([name], languageNames)?.name ?? nearest(name, languageNames);
      throw problemAt([option, name], `is no language here: ${languageNames.join(", ")}`, meant);
    }
    const categories = new Intl.PluralRules(name).resolvedOptions().pluralCategories;
    const compiled = new Map<MessageKey, CompiledMessage>();
    for (const [key, text] of membersOf(texts, [option, name])) {
      const path = [option, name, key];
      if (!isOneOf(key, messageKeys)) throw problemAt(path, "is no key of a text", nearest(key, messageKeys));
      compiled.set(key, compileOverride(text, catalogue[name][key], categories, path));
    }
    overrides.set(name, compiled);
  }
  return overrides;
}

function compileOverride(
  text: unknown,
  replaced: string,
  categories: readonly string[],
  path: readonly string[],
): CompiledMessage {
  if (typeof text !== "string") throw problemAt(path, "must be a text");
  const message = compiledAt(text, categories, path);
  const expected = namesIn(compileMessage(replaced)).placeholders;
  const { placeholders } = namesIn(message);
  const unknown = [...placeholders].find((name) => !expected.has(name));
  if (unknown !== undefined) {
    const known = expected.size === 0 ? "none" : [...expected].map((name) => `{${name}}`).join(", ");
    throw problemAt(
      path,
      `has the placeholder {${unknown}}; those of this text are: ${known}`,
      nearest(unknown, [...expected]),
    );
  }
  const lacking = [...expected].find((name) => !placeholders.has(name));
  if (lacking !== undefined) throw problemAt(path, `lacks the placeholder {${lacking}}`);
  return message;
}

function compiledAt(text: string, categories: readonly string[], path: readonly string[]): CompiledMessage {
  try {
    return compileMessage(text, categories);
  } catch (error) {
    if (error instanceof MessageProblem) throw problemAt(path, error.message);
    throw error;
  }
}

function membersOf(given: unknown, path: readonly string[]): readonly (readonly [name: string, value: unknown])[] {
  if (given === undefined) return [];
  if (typeof given !== "object" || given === null || Array.isArray(given) || given instanceof Map) {
    throw problemAt(path, "must be an object");
  }
  return Object.keys(given).map((name) => [name, memberOf(given, name)] as const);
}

function isOneOf<Name extends string>(name: string, names: readonly Name[]): name is Name {
  return (names as readonly string[]).includes(name);
}

function problemAt([option = "", ...path]: readonly string[], problem: string, meant?: string): ConfigurationError {
  const hint = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
  return new ConfigurationError(pathText([...option.split("."), ...path]), `${problem}${hint}`);
}
