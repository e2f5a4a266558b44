import { randomUUID } from "node:crypto";
import type { CodeMessage } from "@require-action/engine";
import type { MagicLinkMessage, PendingApproval } from "@require-action/engine/server";
import type { OutboxRecord } from "@require-action/engine/store";
import type { LogEntry } from "./log-records.ts";

/** The events that are sent one by one. The first three wait for an answer, and are kept nowhere. */
export const singleEventTypes = [
  "action.verify",
  "email.created",
  "sms.created",
  "authenticator.created",
  "authenticator.deleted",
  "action.denied_by_user",
] as const;

/** The events that are sent in batches. */
export const logEventTypes = ["action.log_created", "challenge.log_created"] as const;

/** Authsignal's word for an event; it has none for `action.denied_by_user`. */
export type WebhookEventType = (typeof singleEventTypes)[number] | (typeof logEventTypes)[number];

/** All events. */
export const webhookEventTypes: readonly WebhookEventType[] = Object.freeze([...singleEventTypes, ...logEventTypes]);

interface Envelope<Type extends WebhookEventType> {
  readonly version: 1;
  /** The same each time that the event is sent. */
  readonly id: string;
  readonly source: string;
  /** ISO 8601. */
  readonly time: string;
  readonly tenantId: string;
  readonly type: Type;
}

/** An event as it is sent. @see https://docs.authsignal.com/advanced-usage/webhooks/event-types */
export interface WebhookEvent extends Envelope<(typeof singleEventTypes)[number]> {
  /**
   * Texts, as Authsignal's Java and .NET SDKs read nothing else. Of `email.created` and `sms.created` it holds a code: log none
   * of it.
   */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Log events as they are sent, 500 of them at most. @see https://docs.authsignal.com/advanced-usage/webhooks/log-events */
export interface WebhookLog {
  readonly records: readonly WebhookLogRecord[];
}

/** One event of a log. */
export interface WebhookLogRecord extends Envelope<(typeof logEventTypes)[number]> {
  readonly record: Readonly<Record<string, unknown>>;
}

/** Makes events of one tenant. */
export interface WebhookEvents {
  /** @param texts what the message may say, in its reader's language */
  ofCode(
    type: "email.created" | "sms.created",
    message: CodeMessage | MagicLinkMessage,
    texts?: Readonly<Record<string, string>>,
  ): WebhookEvent;
  ofApproval(approval: PendingApproval): WebhookEvent;
  ofNews(news: OutboxRecord): WebhookEvent;
  ofLog(entries: readonly LogEntry[]): WebhookLog;
}

export function createWebhookEvents(tenantId: string, now: () => number): WebhookEvents {
  const envelope = <Type extends WebhookEventType>(type: Type, id: string, at: number): Envelope<Type> => ({
    version: 1,
    id,
    // Authsignal's own is https://authsignal.com, and this is not from there.
    source: "require-action",
    time: new Date(at).toISOString(),
    tenantId,
    type,
  });
  const wrap = (
    type: WebhookEvent["type"],
    data: WebhookEvent["data"],
    id: string = randomUUID(),
    at: number = now(),
  ): WebhookEvent => ({ ...envelope(type, id, at), data });

  return {
    ofCode(
      type,
      { to, userId, idempotencyKey, action, userAgent, ipAddress, locale, purpose, custom, expiresAt, ...secret },
      texts = {},
    ) {
      const browser = { userAgent, ipAddress, locale };
      return wrap(type, {
        to,
        // A `code` or a `url`.
        ...secret,
        userId,
        idempotencyKey,
        actionCode: action,
        ...browser,
        purpose,
        custom: JSON.stringify(custom),
        expiresAt: new Date(expiresAt).toISOString(),
        ...texts,
      });
    },
    ofApproval({ userId, action, idempotencyKey, at, verificationMethod, userAuthenticatorId }) {
      const verifiedAt = new Date(at).toISOString();
      const proof = { verifiedAt, state: "CHALLENGE_SUCCEEDED", verificationMethod, userAuthenticatorId };
      return wrap("action.verify", { userId, action, idempotencyKey, ...proof });
    },
    ofNews: ({ eventId, type, data, createdAt }) => wrap(type as WebhookEvent["type"], data, eventId, createdAt),
    ofLog: (entries) => ({
      records: entries.map(({ type, id, at, record }) => ({ ...envelope(type, id, at), record })),
    }),
  };
}
