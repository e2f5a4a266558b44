import type { Engine } from "@require-action/engine";
import type { MagicLinkDescription } from "@require-action/engine/server";
import type { FetchHandler } from "../../http/exchange.ts";
import type { Language } from "../../languages/languages.ts";
import { html } from "../html.ts";
import { presentationOf, type Presentation } from "../shown-details.ts";
import { readableName } from "../visible-text.ts";
import {
  askedList,
  createMessagePage,
  deniedPage,
  denyForm,
  hiddenFields,
  type MessageContent,
  type MessagePageSetting,
  numberForm,
  numberIn,
  sayingPage,
} from "./message-page.ts";

/**
 * Creates the page that magic links lead to, at `/magic-link` where `baseUrl` of the engine says. Its reader types the number
 * that the asking browser shows, or says that they did not ask.
 */
export function createMagicLinkPage(engine: Engine, setting: MessagePageSetting): FetchHandler {
  const { magicLinks } = engine;
  return createMessagePage("/magic-link", setting, {
    describe: (link) => magicLinks.describe(link),
    ask: (link, description, language) => askPage(link, description, language, presentationOf(engine, language)),
    async take(form, language) {
      const link = form.get("link");
      if (form.has("deny")) {
        await magicLinks.deny(link);
        return deniedPage(language);
      }
      return (await magicLinks.match(link, numberIn(form)))
        ? sayingPage(language, 200, "link.done.title", "link.done.text")
        : sayingPage(language, 400, "link.wrong.title", "link.wrong.text");
    },
    refuse: ({ reason }, language) =>
      reason === "token_invalid" || reason === "challenge_not_open"
        ? sayingPage(language, 410, "link.over.title", "link.over.text")
        : undefined,
  });
}

function askPage(
  link: string,
  description: MagicLinkDescription,
  language: Language,
  presentation: Presentation,
): MessageContent {
  const { text } = language;
  const { purpose, action, isDeniable } = description;
  const isChallenge = purpose === "challenge";
  const hidden = hiddenFields(link, language);
  return {
    language,
    title: isChallenge ? text("link.approve", { action: readableName(action) }) : text("link.confirmEmail"),
    status: 200,
    body: html`${askedList(description, presentation, { withDetails: isChallenge })}
      <p>${text("link.only")}</p>
      ${numberForm("magic-link", hidden, text(isChallenge ? "common.approve" : "link.confirm"), language)}
      ${isDeniable ? denyForm("magic-link", hidden, language) : html`<p>${text("link.noNumber")}</p>`}`,
  };
}
