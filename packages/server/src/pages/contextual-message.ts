import { matchLocale } from "@require-action/engine/server";
import type { UserRecord } from "@require-action/engine/store";
import type { MessagingTemplates } from "./challenge-page-options.ts";
import type { MessagePart } from "./page-state.ts";
import { type Presentation, showField } from "./shown-details.ts";
import { shownText } from "./visible-text.ts";

const PLACEHOLDER = /\{\{\s*(action|user)\.([\w-]{1,64})\s*\}\}/g;
const userFields: ReadonlySet<string> = new Set(["email", "phoneNumber", "username", "displayName"]);

type Fields = Readonly<Record<string, string | number | boolean>>;

/** What a message may name: nothing that the user may not see. */
interface MessageFields {
  readonly action: Fields;
  readonly userCustom: Fields;
  readonly user: UserRecord | undefined;
}

/** A message that is filled in. */
interface ContextualMessage {
  readonly parts: readonly MessagePart[];
  /** The fields of the action that it says. */
  readonly named: ReadonlySet<string>;
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
  presentation: Presentation,
): ContextualMessage | undefined {
  const template = templates === undefined ? undefined : templateFor(new Map(Object.entries(templates)), locales);
  if (template === undefined) return undefined;
  const named = new Set<string>();
  const parts: MessagePart[] = [];
  let end = 0;
  let before: FilledPlaceholder | undefined;
  for (const { 0: placeholder, 1: of, 2: name = "", index } of template.matchAll(PLACEHOLDER)) {
    const filled = of === "action" ? actionField(name) : userField(name);
    if (filled === undefined) return undefined;
    if (of === "action") named.add(name);
    const between = template.slice(end, index);
    const isBeside = before !== undefined && between.trim() === "";
    end = index + placeholder.length;
    // Money says its currency: `{{action.amount}} {{action.currency}}` does not say it twice.
    if (isBeside && before?.currency === filled.name) continue;
    if (isBeside && before?.name === filled.currency) parts.pop();
    else if (between !== "") parts.push(between);
    parts.push({ value: filled.value });
    before = filled;
  }
  if (end < template.length) parts.push(template.slice(end));
  return { parts, named };

  function actionField(name: string): FilledPlaceholder | undefined {
    return Object.hasOwn(action, name) ? { name, ...showField(name, action, presentation) } : undefined;
  }

  function userField(name: string): FilledPlaceholder | undefined {
    if (Object.hasOwn(userCustom, name)) return { value: showField(name, userCustom, presentation).value };
    const value = userFields.has(name) ? ownValue(user, name) : undefined;
    return value === undefined ? undefined : { value: shownText(String(value), presentation.language) };
  }
}

/** A placeholder's value: of a field of the action, with its name; of money, with the field of its currency. */
interface FilledPlaceholder {
  readonly value: string;
  readonly name?: string;
  readonly currency?: string | undefined;
}

/** The template of the first locale that there is one for, by lookup; else the English one, else the first. */
function templateFor(
  templates: ReadonlyMap<string, { readonly defaultTemplate: string }>,
  locales: readonly string[],
): string | undefined {
  const [first = ""] = templates.keys();
  return templates.get(matchLocale([...locales, "en"], templates.keys())?.name ?? first)?.defaultTemplate;
}

function ownValue(record: object | undefined, name: string): unknown {
  if (record === undefined || !Object.hasOwn(record, name)) return undefined;
  return (record as Readonly<Record<string, unknown>>)[name];
}
