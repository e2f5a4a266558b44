/** Where a text departs from JSON, and what should stand there. */
export interface JsonMistake {
  readonly offset: number;
  readonly message: string;
}

/** JSON's tokens. Within a text all but control characters, the quote and the backslash stand for themselves. */
const TOKEN =
  /[{}[\],:]|"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const LONGEST_SHOWN = 20;

type Expected = "a value" | '"," or "]"' | '"," or "}"' | '":"' | "a name in double quotes" | "the end";

/**
 * Finds the first mistake of a text that is meant to be JSON (RFC 8259), in the same words on every version of Node;
 * `undefined` for JSON. It reads in a loop, so depth costs no stack.
 */
export function findJsonMistake(text: string): JsonMistake | undefined {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "a value";
  /** True right behind an opening bracket, where the closing one may stand. */
  let mayClose = false;
  let offset = 0;

  for (;;) {
    offset += blanksAt(text, offset);
    TOKEN.lastIndex = offset;
    const [token] = TOKEN.exec(text) ?? [];
    if (offset === text.length) {
      return expected === "the end" ? undefined : { offset, message: `it ends where ${expected} is expected` };
    }
    const next = token === undefined ? undefined : after(token);
    if (next === undefined) {
      const closing = mayClose ? (open.at(-1) === "{" ? ' or "}"' : ' or "]"') : "";
      return { offset, message: `${expected}${closing} is expected, not ${shown(token, text, offset)}` };
    }
    [expected, mayClose] = next;
    offset += token!.length;
  }

  /** What is expected behind a token; `undefined` where the token must not stand here. */
  function after(token: string): [Expected, boolean] | undefined {
    const inner = open.at(-1);
    if ((token === "}" && inner === "{") || (token === "]" && inner === "[")) {
      if (!mayClose && expected !== '"," or "}"' && expected !== '"," or "]"') return undefined;
      open.pop();
      return [behindValue(), false];
    }
    switch (expected) {
      case "a value":
        if (token === "{" || token === "[") {
          open.push(token);
          return [token === "{" ? "a name in double quotes" : "a value", true];
        }
        return /^[\]},:]/.test(token) ? undefined : [behindValue(), false];
      case "a name in double quotes":
        return token.startsWith('"') ? ['":"', false] : undefined;
      case '":"':
        return token === ":" ? ["a value", false] : undefined;
      case '"," or "]"':
        return token === "," ? ["a value", false] : undefined;
      case '"," or "}"':
        return token === "," ? ["a name in double quotes", false] : undefined;
      case "the end":
        return undefined;
    }
  }

  function behindValue(): Expected {
    const inner = open.at(-1);
    return inner === undefined ? "the end" : inner === "{" ? '"," or "}"' : '"," or "]"';
  }
}

function blanksAt(text: string, offset: number): number {
  let end = offset;
  while (end < text.length && " \t\n\r".includes(text.charAt(end))) end++;
  return end - offset;
}

/** The token, or the word or character that is none. */
function shown(token: string | undefined, text: string, offset: number): string {
  const [word = ""] = /^(?:[\w$.-]+|[^])/u.exec(text.slice(offset, offset + LONGEST_SHOWN)) ?? [];
  if (token === undefined && word === '"') return "a text that does not end, or lacks an escape";
  return token?.startsWith('"') === true ? "a text" : JSON.stringify(word);
}
