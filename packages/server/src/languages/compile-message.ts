import { parse, type Token } from "@messageformat/parser";
import type { CompiledMessage } from "./format-message.ts";

const MAX_LENGTH = 2000;
const PLACEHOLDER = /^[a-z]\w{0,31}$/i;

/** Why a text is no message. The problem quotes nothing but names. */
export class MessageProblem extends Error {}

/**
 * Compiles a text of ICU MessageFormat: placeholders, plurals, and nothing else. All else is text, HTML too.
 * @param categories the plural categories of its language, where it may have no other
 * @throws MessageProblem
 * @see https://unicode-org.github.io/icu/userguide/format_parse/messages/
 */
export function compileMessage(text: string, categories?: readonly string[]): CompiledMessage {
  if (text.trim() === "") throw new MessageProblem("must not be empty");
  if (text.length > MAX_LENGTH) throw new MessageProblem(`must have at most ${MAX_LENGTH} characters`);
  let tokens: readonly Token[];
  try {
    tokens = parse(text, { strict: true, ...(categories && { cardinal: categories }) });
  } catch (error) {
    const [problem] = String((error as Error).message).split("\n");
    throw new MessageProblem(`is no ICU message: ${problem?.replace(/:$/, "")}`);
  }
  return compileTokens(tokens, undefined);
}

function compileTokens(tokens: readonly Token[], counted: string | undefined): CompiledMessage {
  const parts = tokens.map((token) => compileToken(token, counted));
  return parts.every((part) => typeof part === "string") ? parts.join("") : parts;
}

function compileToken(token: Token, counted: string | undefined): Exclude<CompiledMessage, string>[number] {
  switch (token.type) {
    case "content":
      // The parser takes a brace that opens nothing for text, as it takes one in quotes.
      if (/[{}]/.test(token.ctx.text.replaceAll(/'[^']*'/g, ""))) {
        throw new MessageProblem("has a brace that belongs to no placeholder; in quotes, as '{', it is text");
      }
      return token.value;
    case "octothorpe":
      return [placeholderOf(counted ?? "")];
    case "argument":
      return [placeholderOf(token.arg)];
    case "plural":
      break;
    case "select":
    case "selectordinal":
    case "function":
      throw new MessageProblem(
        `must have plain placeholders and plurals only, unlike that of {${token.arg.slice(0, 32)}}`,
      );
  }
  if (token.pluralOffset) throw new MessageProblem("must have no plural with an offset");
  const cases = Object.create(null) as Record<string, CompiledMessage>;
  for (const { key, tokens } of token.cases) {
    cases[key] = compileTokens(tokens, token.arg);
  }
  if (cases["other"] === undefined) throw new MessageProblem(`lacks the plural category "other"`);
  return [placeholderOf(token.arg), cases];
}

function placeholderOf(name: string): string {
  if (!PLACEHOLDER.test(name)) throw new MessageProblem("must have placeholders that are names, as {code}");
  return name;
}

/** The placeholders of a message, and the categories of its plurals. */
export function namesIn(message: CompiledMessage): {
  readonly placeholders: ReadonlySet<string>;
  readonly categories: readonly ReadonlySet<string>[];
} {
  const placeholders = new Set<string>();
  const categories: ReadonlySet<string>[] = [];
  const walk = (part: CompiledMessage): void => {
    if (typeof part === "string") return;
    for (const one of part) {
      if (typeof one === "string") continue;
      const [name, cases] = one;
      placeholders.add(name);
      if (cases === undefined) continue;
      categories.push(new Set(Object.keys(cases)));
      Object.values(cases).forEach(walk);
    }
  };
  walk(message);
  return { placeholders, categories };
}
