import { type Html, html } from "../pages/html.ts";
import { staticPage } from "../pages/static-page.ts";
import type { WebhookAttempt } from "../webhooks/create-webhooks.ts";

/** Events as a page for a browser that asks for one, and as JSON otherwise. */
export function eventsReply(request: Request, attempts: readonly WebhookAttempt[]): unknown {
  const wantsPage = /\btext\/html\b/.test(request.headers.get("accept") ?? "");
  return wantsPage ? eventsPage(attempts) : { events: attempts };
}

/** A page without script, style or anything from elsewhere. */
function eventsPage(attempts: readonly WebhookAttempt[]): Response {
  return staticPage({
    title: "Webhook events",
    policy: "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    body: html`<main>
      <h1>Webhook events</h1>
      <p>The last ${attempts.length}, newest first. Load the page again for more.</p>
      ${attempts.map(eventSection)}
    </main>`,
  });
}

function eventSection({ event, attempt, status, failure }: WebhookAttempt): Html {
  const answer = failure ?? (status === undefined ? "not sent" : "delivered");
  const { type, time } = event;
  return html`<section>
    <h2>${type}</h2>
    <p>${time}, attempt ${attempt}: ${answer}${status !== undefined && html` (${status})`}</p>
    <pre>${JSON.stringify(event, undefined, 2)}</pre>
  </section>`;
}
