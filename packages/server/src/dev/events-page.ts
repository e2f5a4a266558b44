import { type Html, html } from "../pages/html.ts";
import type { WebhookAttempt } from "../webhooks/create-webhooks.ts";

/** Events as a page for a browser that asks for one, and as JSON otherwise. */
export function eventsReply(request: Request, attempts: readonly WebhookAttempt[]): unknown {
  const wantsPage = /\btext\/html\b/.test(request.headers.get("accept") ?? "");
  return wantsPage ? eventsPage(attempts) : { events: attempts };
}

/** A page without script, style or anything from elsewhere. */
function eventsPage(attempts: readonly WebhookAttempt[]): Response {
  const { markup } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="color-scheme" content="light dark" />
        <title>Webhook events</title>
      </head>
      <body>
        <main>
          <h1>Webhook events</h1>
          <p>The last ${attempts.length}, newest first. Load the page again for more.</p>
          ${attempts.map(eventSection)}
        </main>
      </body>
    </html>`;
  return new Response(markup, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
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
