import { escapeHtml } from "../escape-html.ts";

/** Markup that is known to be safe: made by {@link html} only. */
export interface Html {
  readonly markup: string;
}

/** What a template may hold. Text is escaped, whoever wrote it; nothing and `false` leave nothing behind. */
type Part = string | number | Html | readonly Html[] | undefined | false;

/** Makes markup of a template, in which every text is escaped. Attributes are to be quoted. */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { markup: String.raw({ raw: template }, ...parts.map(markupOf)) };
}

function markupOf(part: Part): string {
  if (part === undefined || part === false) return "";
  if (Array.isArray(part)) return (part as readonly Html[]).map(({ markup }) => markup).join("");
  if (typeof part === "object") return (part as Html).markup;
  return escapeHtml(String(part));
}
