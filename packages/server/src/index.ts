export { MAX_WRONG_SECRETS, type ServerEvent } from "./secrets/api-secrets.ts";
export type { ConsoleOptions, Reviewer } from "./console/console-options.ts";
export { hashPassword } from "./console/password.ts";
export { createServer, type Server } from "./create-server.ts";
export { createEventLog, type EventLog } from "./dev/event-log.ts";
export { createOutbox, type DevOptions, type Outbox, type OutboxEntry, type OutboxOptions } from "./dev/outbox.ts";
export { type NodeHandler, toNodeHandler } from "./http/node-handler.ts";
export type { FetchHandler } from "./http/exchange.ts";
export type { MessageOverrides } from "./languages/message-overrides.ts";
export { createMessageTexts, type MessageTexts } from "./pages/messages/message-texts.ts";
export type { ChallengePageOptions, MessagingTemplates } from "./pages/challenge-page-options.ts";
export {
  findPageMistakes,
  isProduction,
  type PageMistake,
  type PageSettings,
  type Profile,
  type ServerOptions,
} from "./server-options.ts";
export type { PageAccents, PageLogo, PageTheme } from "./theme/page-theme.ts";
export { createWebhooks, type WebhookAttempt, type WebhookOptions, type Webhooks } from "./webhooks/create-webhooks.ts";
export {
  type WebhookEvent,
  type WebhookEventType,
  webhookEventTypes,
  type WebhookLog,
  type WebhookLogRecord,
} from "./webhooks/webhook-event.ts";
