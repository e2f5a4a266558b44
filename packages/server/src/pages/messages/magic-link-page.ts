import type { Engine } from "@require-action/engine";
import type { MagicLinkDescription } from "@require-action/engine/server";
import type { FetchHandler } from "../../http/dispatcher.ts";
import { html } from "../html.ts";
import { askedList, createMessagePage, deniedPage, messagePage } from "./message-page.ts";
import { presentationOf, type Presentation } from "../shown-details.ts";
import { readableName } from "../visible-text.ts";

/**
 * Creates the page that magic links lead to, at `/magic-link` where `baseUrl` of the engine says. Its reader types the number
 * that the asking browser shows, or says that they did not ask.
 */
export function createMagicLinkPage(engine: Engine, basePath: string): FetchHandler {
  const { magicLinks } = engine;
  return createMessagePage("/magic-link", basePath, {
    show: async (link) => askPage(link, await magicLinks.describe(link), presentationOf(engine)),
    async take(form) {
      const link = form.get("link");
      if (form.has("deny")) {
        await magicLinks.deny(link);
        return deniedPage();
      }
      return (await magicLinks.match(link, form.get("number"))) ? donePage() : wrongPage();
    },
    refuse: ({ reason }) => (reason === "token_invalid" || reason === "challenge_not_open" ? overPage() : undefined),
  });
}

function askPage(link: string, description: MagicLinkDescription, presentation: Presentation): Response {
  const { purpose, action, isDeniable } = description;
  const isChallenge = purpose === "challenge";
  return messagePage(
    isChallenge ? `Approve: ${readableName(action)}` : "Confirm your e-mail address",
    200,
    html`${askedList(description, isChallenge ? presentation : undefined)}
      <p>Only go on if you have asked for this yourself, just now. Where you asked, a number is shown.</p>
      <form method="post" action="magic-link">
        <input type="hidden" name="link" value="${link}" />
        <label>
          The number shown there
          <input name="number" inputmode="numeric" autocomplete="off" pattern="[0-9]{2}" maxlength="2" required />
        </label>
        <button>${isChallenge ? "Approve" : "Confirm"}</button>
      </form>
      ${
        isDeniable
          ? html`<form method="post" action="magic-link">
              <input type="hidden" name="link" value="${link}" />
              <input type="hidden" name="deny" value="yes" />
              <button>I did not ask for this</button>
            </form>`
          : html`<p>If nobody shows you a number, or somebody told it to you, close this page.</p>`
      }
      ${isDeniable && html`<p>Press it, too, if nobody shows you a number, or somebody told it to you.</p>`}`,
  );
}

function donePage(): Response {
  return messagePage("Done", 200, html`<p>Go back to where you asked. You can close this page.</p>`);
}

function wrongPage(): Response {
  const text = "That is not the number that was shown, so the link is void. Ask for another one.";
  return messagePage("Not approved", 400, html`<p>${text}</p>`);
}

function overPage(): Response {
  return messagePage(
    "The link is over",
    410,
    html`<p>It was used, or it is too old. Ask for another one where you began.</p>`,
  );
}
