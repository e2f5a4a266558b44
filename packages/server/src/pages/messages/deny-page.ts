import type { Engine } from "@require-action/engine";
import type { DeniableAction } from "@require-action/engine/server";
import type { FetchHandler } from "../../http/exchange.ts";
import type { Language } from "../../languages/languages.ts";
import { html } from "../html.ts";
import { presentationOf, type Presentation } from "../shown-details.ts";
import { readableName } from "../visible-text.ts";
import {
  askedList,
  createMessagePage,
  deniedPage,
  hiddenFields,
  type MessageContent,
  type MessagePageSetting,
  sayingPage,
} from "./message-page.ts";

/**
 * Creates the page for readers of a code who did not ask for one, at `/deny` where `baseUrl` of the engine says. Its reader can
 * end the action, and nothing else.
 */
export function createDenyPage(engine: Engine, setting: MessagePageSetting): FetchHandler {
  const { denials } = engine;
  return createMessagePage("/deny", setting, {
    describe: (link) => denials.describe(link),
    ask: (link, description, language) => askPage(link, description, language, presentationOf(engine, language)),
    async take(form, language) {
      await denials.deny(form.get("link"));
      return deniedPage(language);
    },
    refuse: ({ reason }, language) =>
      reason === "challenge_not_open"
        ? sayingPage(language, 409, "link.tooLate.title", "link.tooLate.text")
        : reason === "token_invalid" || reason === "token_expired"
          ? sayingPage(language, 410, "link.over.title", "link.overDeny.text")
          : undefined,
  });
}

function askPage(
  link: string,
  description: DeniableAction,
  language: Language,
  presentation: Presentation,
): MessageContent {
  const { text } = language;
  return {
    language,
    title: text("link.denyQuestion", { action: readableName(description.action) }),
    status: 200,
    body: html`${askedList(description, presentation)}
      <p>${text("link.denyText")}</p>
      <form method="post" action="deny">
        ${hiddenFields(link, language)}<button class="primary">${text("deny.link")}</button>
      </form>
      <p>${text("link.shareNothing")}</p>`,
  };
}
