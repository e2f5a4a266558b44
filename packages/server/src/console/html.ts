/** Markup that is known to be safe: made by {@link html} only. */
export interface Html {
  readonly markup: string;
}

/** What a template may hold. Text is escaped, whoever wrote it; nothing and `false` leave nothing behind. */
type Part = string | number | Html | readonly Html[] | undefined | false;

const entities: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

/** Makes markup of a template, in which every text is escaped. Attributes are to be quoted. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: String.raw({ raw: template }, ...parts.map(markupOf)) };
}

function markupOf(part: Part): string {
  if (part === undefined || part === false) return "";
  if (Array.isArray(part)) return (part as readonly Html[]).map(({ markup }) => markup).join("");
  if (typeof part === "object") return (part as Html).markup;
  return String(part).replace(/[&<>"']/g, (character) => entities.get(character) ?? "");
}
