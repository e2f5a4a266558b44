import type { Engine } from "@require-action/engine";
import type { DeniableAction } from "@require-action/engine/server";
import type { FetchHandler } from "../../http/dispatcher.ts";
import { html } from "../html.ts";
import { askedList, createMessagePage, deniedPage, messagePage } from "./message-page.ts";
import { presentationOf, type Presentation } from "../shown-details.ts";
import { readableName } from "../visible-text.ts";

/**
 * Creates the page for readers of a code who did not ask for one, at `/deny` where `baseUrl` of the engine says. Its reader can
 * end the action, and nothing else.
 */
export function createDenyPage(engine: Engine, basePath: string): FetchHandler {
  const { denials } = engine;
  return createMessagePage("/deny", basePath, {
    show: async (link) => askPage(link, await denials.describe(link), presentationOf(engine)),
    async take(form) {
      await denials.deny(form.get("link"));
      return deniedPage();
    },
    refuse: ({ reason }) =>
      reason === "challenge_not_open"
        ? tooLatePage()
        : reason === "token_invalid" || reason === "token_expired"
          ? overPage()
          : undefined,
  });
}

function askPage(link: string, description: DeniableAction, presentation: Presentation): Response {
  return messagePage(
    `Did you ask for this: ${readableName(description.action)}?`,
    200,
    html`${askedList(description, presentation)}
      <p>If it was you, close this page. If it was not, end the request: nothing of it will be approved.</p>
      <form method="post" action="deny">
        <input type="hidden" name="link" value="${link}" />
        <button>I did not ask for this</button>
      </form>
      <p>Tell nobody the code that you were sent.</p>`,
  );
}

function tooLatePage(): Response {
  return messagePage(
    "The request is over",
    409,
    html`<p>
      It was approved, or it has ended, so it cannot be ended from here. If you did not approve it, contact the
      application that sent you the code.
    </p>`,
  );
}

function overPage(): Response {
  return messagePage(
    "The link is over",
    410,
    html`<p>It is too old, or not complete. If you did not ask for the code, contact the application that sent it.</p>`,
  );
}
