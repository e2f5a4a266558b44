import type { ActionRecord, UserRecord } from "@require-action/engine";
import type { MessagingTemplates } from "./challenge-page-options.ts";
import { visible } from "./shown-details.ts";

const PLACEHOLDER = /\{\{\s*(action|user)\.([\w-]{1,64})\s*\}\}/g;
const userFields: ReadonlySet<string> = new Set(["email", "phoneNumber", "username", "displayName"]);

/**
 * The policy's message about an action, filled in; `undefined` when there is none, or something it names is missing.
 * @see https://docs.authsignal.com/actions-rules/actions/contextual-messaging
 */
export function contextualMessage(
  templates: MessagingTemplates | undefined,
  locales: readonly string[],
  { attributes }: Pick<ActionRecord, "attributes">,
  user: UserRecord | undefined,
): string | undefined {
  const template = templates === undefined ? undefined : templateFor(new Map(Object.entries(templates)), locales);
  if (template === undefined) return undefined;
  let isComplete = true;
  const message = template.replaceAll(PLACEHOLDER, (_whole, of: string, name: string) => {
    const value = of === "action" ? ownValue(attributes.custom, name) : userValue(user, name);
    if (value === undefined) isComplete = false;
    return visible(String(value));
  });
  return isComplete ? message : undefined;
}

/** The first locale that there is a template for, else its language, else English, else the first template. */
function templateFor(
  templates: ReadonlyMap<string, { readonly defaultTemplate: string }>,
  locales: readonly string[],
): string | undefined {
  const [first] = templates.keys();
  const wanted = [...locales.flatMap((locale) => [locale, locale.split(/[-_]/, 1)[0] ?? ""]), "en", first ?? ""];
  const found = wanted.find((locale) => templates.has(locale));
  return found === undefined ? undefined : templates.get(found)?.defaultTemplate;
}

function userValue(user: UserRecord | undefined, name: string): unknown {
  return ownValue(user?.custom, name) ?? (userFields.has(name) ? ownValue(user, name) : undefined);
}

function ownValue(record: object | undefined, name: string): unknown {
  if (record === undefined || !Object.hasOwn(record, name)) return undefined;
  return (record as Readonly<Record<string, unknown>>)[name];
}
