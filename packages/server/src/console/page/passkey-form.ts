import type { Form } from "../../http/read-form.ts";
import { type Html, html } from "../../pages/html.ts";

/** Has the page's script ask for a passkey before the form is sent. */
export function ceremony(kind: "create" | "get", options: object): Html {
  const { markup } = html`<form data-passkey="${kind}" data-options="${JSON.stringify(options)}"></form>`;
  return { markup: markup.slice("<form ".length, -"></form>".length) };
}

/** What a passkey answered, as the page's script puts it into the form; `undefined` for what is none. */
export function answerIn(form: Form): unknown {
  try {
    return JSON.parse(form.get("answer") ?? "");
  } catch {
    return undefined;
  }
}
