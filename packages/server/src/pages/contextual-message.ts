import { lookUpLocale } from "@require-action/engine/server";
import type { UserRecord } from "@require-action/engine/store";
import type { MessagingTemplates } from "./challenge-page-options.ts";
import { shownText } from "./shown-details.ts";

const PLACEHOLDER = /\{\{\s*(action|user)\.([\w-]{1,64})\s*\}\}/g;
const userFields: ReadonlySet<string> = new Set(["email", "phoneNumber", "username", "displayName"]);

type Fields = Readonly<Record<string, string | number | boolean>>;

/** What a message may name: nothing that the user may not see. */
interface MessageFields {
  readonly action: Fields;
  readonly userCustom: Fields;
  readonly user: UserRecord | undefined;
}

/**
 * The policy's message about an action, filled in; `undefined` when there is none, or something it names is missing or not
 * for the user to see.
 * @see https://docs.authsignal.com/actions-rules/actions/contextual-messaging
 */
export function contextualMessage(
  templates: MessagingTemplates | undefined,
  locales: readonly string[],
  { action, user, userCustom }: MessageFields,
): string | undefined {
  const template = templates === undefined ? undefined : templateFor(new Map(Object.entries(templates)), locales);
  if (template === undefined) return undefined;
  let isComplete = true;
  const message = template.replaceAll(PLACEHOLDER, (_whole, of: string, name: string) => {
    const value = of === "action" ? ownValue(action, name) : (ownValue(userCustom, name) ?? userValue(user, name));
    if (value === undefined) isComplete = false;
    return shownText(String(value));
  });
  return isComplete ? message : undefined;
}

/** The template of the first locale that there is one for, by lookup; else the English one, else the first. */
function templateFor(
  templates: ReadonlyMap<string, { readonly defaultTemplate: string }>,
  locales: readonly string[],
): string | undefined {
  const [first = ""] = templates.keys();
  return templates.get(lookUpLocale([...locales, "en"], templates.keys()) ?? first)?.defaultTemplate;
}

function userValue(user: UserRecord | undefined, name: string): unknown {
  return userFields.has(name) ? ownValue(user, name) : undefined;
}

function ownValue(record: object | undefined, name: string): unknown {
  if (record === undefined || !Object.hasOwn(record, name)) return undefined;
  return (record as Readonly<Record<string, unknown>>)[name];
}
