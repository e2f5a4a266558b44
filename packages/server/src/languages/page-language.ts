import { messageKeys } from "./catalogue.ts";
import type { PageLanguage } from "./format-message.ts";
import type { Language } from "./languages.ts";

/** What only the server says: in messages, and on the pages that they lead to. */
const SERVER_ONLY = /^(?:link|text)\./;

const pageKeys = messageKeys.filter((key) => !SERVER_ONLY.test(key));

/** What the page's script knows of a language. */
export function pageLanguage({ tag, direction, messages }: Language): PageLanguage {
  return { tag, direction, messages: Object.fromEntries(pageKeys.map((key) => [key, messages[key]])) };
}
