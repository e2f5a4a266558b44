export { authsignal } from "./authsignal.ts";
export type { AuthsignalOptions, SdkOptions, ServerApiOptions } from "./options.ts";
export type { AuthsignalClient } from "./sdk-api.ts";
export { WebhookError, type WebhookRefusal } from "./webhook-error.ts";
export type { ActionVerifyData, LogData, WebhookEvent } from "./webhook-event.ts";
export {
  createWebhookVerifier,
  type IncomingWebhook,
  type VerifiedWebhook,
  type VerifyWebhook,
  WEBHOOK_SIGNATURE_HEADER,
  type WebhookVerifierOptions,
} from "./webhook-verifier.ts";
