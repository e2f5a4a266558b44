import { html as escaped } from "hono/html";
import { visible, withoutDeceptive } from "./visible-text.ts";

/** Markup that is known to be safe: made by {@link html} only. */
export interface Html {
  readonly markup: string;
}

/** What a template may hold. Text is escaped, whoever wrote it; nothing and `false` leave nothing behind. */
type Part = string | number | Html | readonly Html[] | undefined | false;

/**
 * Makes markup of a template, in which every text is escaped, and no character is left that a reader would not see or that
 * turns the order of others around. Between tags such a character is shown by its code. In attributes, which are to be quoted,
 * it becomes a reference: their values are as they were, also when a form sends them back.
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let before = "";
  const markups = parts.map((part, index) => {
    before += template[index] ?? "";
    return markupOf(part, isWithinTag(before) ? attributeText : shownText);
  });
  return { markup: String.raw({ raw: template }, ...markups) };
}

/** A table that scrolls by itself where it is wider than the page, also by keyboard. */
export function table(label: string, columns: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col">${column}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function markupOf(part: Part, textOf: (text: string) => string): string {
  if (part === undefined || part === false) return "";
  if (Array.isArray(part)) return (part as readonly Html[]).map(({ markup }) => markup).join("");
  if (typeof part === "object") return (part as Html).markup;
  return textOf(String(part));
}

function isWithinTag(markup: string): boolean {
  return markup.lastIndexOf("<") > markup.lastIndexOf(">");
}

function escapeHtml(text: string): string {
  return String(escaped`${text}`);
}

function shownText(text: string): string {
  return escapeHtml(visible(text));
}

function attributeText(text: string): string {
  return withoutDeceptive(escapeHtml(text), (codePoint) =>
    // References to the controls of Latin-1 mean other characters (HTML section 13.2.5.80).
    codePoint < 0xa0 ? String.fromCodePoint(codePoint) : `&#x${codePoint.toString(16)};`,
  );
}
