import { type Html, html } from "../pages/html.ts";
import { staticPage } from "../pages/static-page.ts";
import type { WebhookAttempt } from "../webhooks/create-webhooks.ts";
import type { WebhookLog } from "../webhooks/webhook-event.ts";

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
  const [heading, time] = "records" in event ? [logHeading(event), event.records[0]?.time] : [event.type, event.time];
  return html`<section>
    <h2>${heading}</h2>
    <p>${time}, attempt ${attempt}: ${answer}${status !== undefined && html` (${status})`}</p>
    <pre>${JSON.stringify(event, undefined, 2)}</pre>
  </section>`;
}

/** A log by the types that it holds. */
function logHeading({ records }: WebhookLog): string {
  return [...new Set(records.map(({ type }) => type))].join(", ");
}
