import { type Clock, systemClock } from "@require-action/core";
import { defineOptions, isLoopbackHost, option, readOptions } from "@require-action/core/options";
import type { CodeMessage, Delivery, EngineOptions, Store } from "@require-action/engine";
import type { MagicLinkMessage, BeforeApproval } from "@require-action/engine/server";
import type { MessageTexts } from "../pages/messages/message-texts.ts";
import { apiSecretsSchema } from "../secrets/api-secrets.ts";
import { createOutboxPump } from "./outbox-pump.ts";
import { createLogFeed, logPlace } from "./log-feed.ts";
import {
  createWebhookEvents,
  logEventTypes,
  singleEventTypes,
  type WebhookEvent,
  type WebhookEventType,
  webhookEventTypes,
  type WebhookLog,
} from "./webhook-event.ts";
import { createWebhookSender, type SendWebhook, type WebhookOutcome } from "./webhook-sender.ts";

/** How long after an action, or what happened to a challenge, its log event is sent: no challenge token lives for longer. */
const LOG_DELAY_MS = 10 * 60_000;

/** An event, or a log of some, and what became of sending it. */
export interface WebhookAttempt extends WebhookOutcome {
  readonly event: WebhookEvent | WebhookLog;
  /** 1 for the first. */
  readonly attempt: number;
}

/** Options of {@link createWebhooks}. */
export interface WebhookOptions {
  /** `https`, or `http` on a loopback address. Without it nothing is sent: for a developer who only looks at events. */
  readonly url?: string;
  /** The server's. Each signs, so they rotate. */
  readonly apiSecrets: readonly string[];
  readonly tenantId: string;
  /** The engine's. */
  readonly store: Store;
  /**
   * The events to send: by default all but `action.log_created` and `challenge.log_created`, which come in batches, as
   * `{ records }`, and may be many.
   */
  readonly events?: readonly WebhookEventType[];
  /**
   * How long after it happened a log event is sent, in milliseconds: ten minutes when absent. Longer than clocks of processes differ
   * and statements last; an action whose state changes meanwhile is sent once.
   */
  readonly logDelayMs?: number;
  /**
   * Writes `email.created` and `sms.created`, as `createMessageTexts` does: `text` of both, and `subject` and `language` of the former.
   * Without it they have none.
   */
  readonly texts?: Pick<MessageTexts, "email" | "sms">;
  /** Receives each attempt. What it throws changes nothing. */
  readonly onAttempt?: (attempt: WebhookAttempt) => void;
  readonly clock?: Clock;
}

/** Sends events to the application's webhook. */
export interface Webhooks {
  /** For `createEngine`, and the delivery for `createServer` too. */
  readonly engineOptions: Pick<EngineOptions, "beforeApproval" | "outbox"> & { readonly delivery: Delivery };
  /** Begins to deliver what is in the outbox, each second. */
  start(): void;
  /** Resolves when no delivery is under way any more. */
  stop(): Promise<void>;
  /** Delivers what is due now, and resolves to how much of it arrived. @throws the store's error */
  deliverDue(): Promise<number>;
}

const optionsSchema = defineOptions<WebhookOptions>({
  required: {
    apiSecrets: apiSecretsSchema,
    tenantId: option.id,
    store: option.withMethods("takeOutbox", "settleOutbox", "putOutbox", "listEvents", "listActions"),
  },
  optional: {
    url: option.setting(isPrivateUrl, "must be https, or http on a loopback address, without credentials or fragment"),
    events: option.listOf(option.oneOf([...webhookEventTypes]), { least: 1, of: "events" }),
    logDelayMs: option.whole({ least: 1_000, most: 24 * 60 * 60_000, unit: "milliseconds" }),
    texts: option.withMethods("email", "sms"),
    onAttempt: option.callback,
    clock: option.withMethods("now"),
  },
});

/**
 * Creates Authsignal's webhooks. Events that ask for something, a code to be sent or a challenge to be allowed, are sent at once
 * and kept nowhere; news goes through the store's outbox, so that each arrives at least once.
 * @throws ConfigurationError that names the option
 * @example
 * const secrets = { apiSecrets: [process.env.API_SECRET ?? ""], tenantId: "bank" };
 * const webhooks = createWebhooks({ ...secrets, url: "https://bank.example/webhooks", store });
 * // The engine is made with webhooks.engineOptions, and the server with their delivery.
 * webhooks.start();
 */
export function createWebhooks(options: WebhookOptions): Webhooks {
  const parsed = readOptions("createWebhooks", optionsSchema, options);
  const {
    url,
    apiSecrets,
    tenantId,
    store,
    events: chosen = singleEventTypes,
    logDelayMs = LOG_DELAY_MS,
    clock = systemClock,
    texts,
    onAttempt,
  } = parsed;
  const now = (): number => clock.now();
  const events = createWebhookEvents(tenantId, now);
  const send: SendWebhook = url === undefined ? async () => ({}) : createWebhookSender(url, apiSecrets, now);
  const isSent = (type: WebhookEventType): boolean => chosen.includes(type);
  const logTypes = logEventTypes.filter(isSent);

  async function attempt(event: WebhookAttempt["event"], count: number, signal?: AbortSignal): Promise<WebhookOutcome> {
    const outcome = await send(event, signal);
    try {
      onAttempt?.({ event, attempt: count, ...outcome });
    } catch {
      // A logger that fails must not decide.
    }
    return outcome;
  }

  async function sendCode(
    type: "email.created" | "sms.created",
    message: CodeMessage | MagicLinkMessage,
    written: Readonly<Record<string, string>> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { failure } = await attempt(events.ofCode(type, message, written), 1, signal);
    if (failure !== undefined) throw new Error(`the webhook did not take ${type}`);
  }
  const sendEmail = (message: CodeMessage | MagicLinkMessage, signal: AbortSignal): Promise<void> => {
    const { subject = "", text = "", language = "" } = texts?.email(message) ?? {};
    return sendCode("email.created", message, texts && { subject, text, language }, signal);
  };
  const sendSms = (message: CodeMessage, signal: AbortSignal): Promise<void> =>
    sendCode("sms.created", message, texts && { text: texts.sms(message) }, signal);

  const beforeApproval: BeforeApproval = async (approval, signal) => {
    const { failure, status = 0 } = await attempt(events.ofApproval(approval), 1, signal);
    // An answer of 4xx is a no. One that fails is none.
    if (failure === undefined) return true;
    if (failure === "refused" && status < 500) return false;
    throw new Error("the webhook did not answer");
  };

  const log = createLogFeed({
    store,
    tenantId,
    now,
    delayMs: logDelayMs,
    types: new Set(logTypes),
    send: async (entries, count) => (await attempt(events.ofLog(entries), count)).failure === undefined,
  });
  let hasBegun = logTypes.length === 0;
  async function begin(): Promise<void> {
    if (!hasBegun) await log.begin();
    hasBegun = true;
  }

  const pump = createOutboxPump(store, now, begin, async (news) => {
    if (news.type === logPlace) return log.deliver(news);
    const event = events.ofNews(news);
    if (!isSent(event.type)) return { arrived: 0 };
    return (await attempt(event, news.attempts)).failure === undefined && { arrived: 1 };
  });

  return {
    engineOptions: {
      delivery: {
        ...(isSent("email.created") ? { sendEmail, sendMagicLink: sendEmail } : {}),
        ...(isSent("sms.created") ? { sendSms } : {}),
      },
      ...(isSent("action.verify") ? { beforeApproval } : {}),
      outbox: newsTypes.some(isSent),
    },
    ...pump,
  };
}

/** What goes through the outbox. */
const newsTypes: readonly WebhookEventType[] = [
  "authenticator.created",
  "authenticator.deleted",
  "action.denied_by_user",
];

/** Codes travel to this place. A redirect, which could lead elsewhere, is not followed. */
function isPrivateUrl(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password, hash } = new URL(value);
  if (username !== "" || password !== "" || hash !== "") return false;
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}
