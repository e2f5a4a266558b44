import type { Delivery, Store } from "@require-action/engine";
import {
  createWebhooks,
  type MessageTexts,
  type WebhookAttempt,
  webhookEventTypes,
  type Webhooks,
} from "@require-action/server";
import type { Terminal } from "../lib/terminal.ts";
import type { DevMode } from "./dev-mode.ts";
import type { ServeSettings } from "./serve-settings.ts";

/** A developer sees log events while the action is still in mind. */
const DEV_LOG_DELAY_MS = 2_000;

/** Webhooks to a URL; with `--dev` their events are shown too, with or without one. */
export function webhooksFor(
  { webhook, webhookEvents, tenantId }: ServeSettings,
  {
    apiSecrets,
    store,
    texts,
  }: { readonly apiSecrets: readonly string[]; readonly store: Store; readonly texts: MessageTexts | undefined },
  devMode: DevMode | undefined,
  { warn }: Terminal,
): Webhooks | undefined {
  if (webhook === undefined && devMode === undefined) return undefined;
  return createWebhooks({
    apiSecrets,
    tenantId,
    store,
    ...(texts === undefined ? {} : { texts }),
    ...(webhook === undefined ? {} : { url: webhook }),
    ...(webhookEvents.length > 0 ? { events: webhookEvents } : {}),
    // Without a URL they are only shown, so all are.
    ...(webhook === undefined ? { events: webhookEventTypes } : {}),
    ...(devMode === undefined ? {} : { logDelayMs: DEV_LOG_DELAY_MS }),
    onAttempt(attempt) {
      const { event, failure, status } = attempt;
      devMode?.events.onAttempt(attempt);
      // Never its data: that may hold a code.
      if (failure !== undefined) warn(`webhook: ${nameOf(event)} failed: ${status ?? failure}`);
    },
  });
}

function nameOf(event: WebhookAttempt["event"]): string {
  if (!("records" in event)) return `${event.type} ${event.id}`;
  return `a log of ${event.records.length} from ${event.records[0]?.id}`;
}

/** Senders that are called one after the other: first the developer's outbox, which does not fail. */
export function mergeDelivery(first: Delivery | undefined, second: Delivery | undefined): Delivery | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  const both = <Message>(one: Sender<Message>, other: Sender<Message>): Sender<Message> =>
    other === undefined
      ? one
      : async (message, signal) => {
          await one?.(message, signal);
          await other(message, signal);
        };
  const sendEmail = both(first.sendEmail, second.sendEmail);
  const sendSms = both(first.sendSms, second.sendSms);
  const sendMagicLink = both(first.sendMagicLink, second.sendMagicLink);
  return {
    ...first,
    ...(sendEmail && { sendEmail }),
    ...(sendSms && { sendSms }),
    ...(sendMagicLink && { sendMagicLink }),
  };
}

type Sender<Message> = ((message: Message, signal: AbortSignal) => void | Promise<void>) | undefined;
