import type { Engine } from "@require-action/engine";
import type { DeniableAction } from "@require-action/engine/server";
import type { FetchHandler } from "../../http/dispatcher.ts";
import type { Language } from "../../languages/languages.ts";
import { html } from "../html.ts";
import { presentationOf, type Presentation } from "../shown-details.ts";
import { readableName } from "../visible-text.ts";
import {
  askedList,
  createMessagePage,
  deniedPage,
  hiddenFields,
  messagePage,
  type MessagePageSetting,
} from "./message-page.ts";

/**
 * Creates the page for readers of a code who did not ask for one, at `/deny` where `baseUrl` of the engine says. Its reader can
 * end the action, and nothing else.
 */
export function createDenyPage(engine: Engine, setting: MessagePageSetting): FetchHandler {
  const { denials } = engine;
  return createMessagePage("/deny", setting, {
    async show(link, languageFor) {
      const description = await denials.describe(link);
      const language = languageFor(description.locale);
      return askPage(link, description, language, presentationOf(engine, language));
    },
    async take(form, language) {
      await denials.deny(form.get("link"));
      return deniedPage(language);
    },
    refuse: ({ reason }, language) =>
      reason === "challenge_not_open"
        ? tooLatePage(language)
        : reason === "token_invalid" || reason === "token_expired"
          ? overPage(language)
          : undefined,
  });
}

function askPage(link: string, description: DeniableAction, language: Language, presentation: Presentation): Response {
  const { text } = language;
  return messagePage(
    language,
    text("link.denyQuestion", { action: readableName(description.action) }),
    200,
    html`${askedList(description, presentation)}
      <p>${text("link.denyText")}</p>
      <form method="post" action="deny">${hiddenFields(link, language)}<button>${text("deny.link")}</button></form>
      <p>${text("link.shareNothing")}</p>`,
  );
}

function tooLatePage(language: Language): Response {
  const { text } = language;
  return messagePage(language, text("link.tooLate.title"), 409, html`<p>${text("link.tooLate.text")}</p>`);
}

function overPage(language: Language): Response {
  const { text } = language;
  return messagePage(language, text("link.over.title"), 410, html`<p>${text("link.overDeny.text")}</p>`);
}
