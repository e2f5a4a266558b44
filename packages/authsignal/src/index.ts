export { authsignal, type AuthsignalProvider } from "./authsignal.ts";
export type { AuthsignalOptions, SdkOptions, ServerApiOptions } from "./api/options.ts";
export type { AuthsignalClient } from "./api/sdk-transport.ts";
export { WebhookError, type WebhookRefusal } from "./webhook/webhook-error.ts";
export type { ActionVerifyData, LogBatch, LogRecord, WebhookEvent } from "./webhook/webhook-event.ts";
export {
  createWebhookVerifier,
  type IncomingWebhook,
  type VerifiedWebhook,
  type VerifyWebhook,
  WEBHOOK_SIGNATURE_HEADER,
  type WebhookVerifierOptions,
} from "./webhook/webhook-verifier.ts";
