/** Why a webhook was refused, for the log. */
export type WebhookRefusal =
  | "signature_missing"
  | "signature_malformed"
  | "signature_mismatch"
  | "timestamp_outside_tolerance"
  | "body_missing"
  | "event_malformed"
  | "other_tenant"
  | "replayed";

/**
 * A webhook that must not be acted upon. Express and Koa answer with `status`: 400 for one that is not authentic, in the
 * same words whatever the reason, and 409 for one that has been received before.
 */
export class WebhookError extends Error {
  override readonly name: string = "WebhookError";
  readonly code: "webhook_invalid" | "webhook_replayed";
  readonly status: 400 | 409;
  readonly expose = true;
  readonly reason: WebhookRefusal;

  constructor(reason: WebhookRefusal) {
    const replayed = reason === "replayed";
    super(replayed ? "webhook_replayed: It was received before." : "webhook_invalid: It is not authentic.");
    this.code = replayed ? "webhook_replayed" : "webhook_invalid";
    this.status = replayed ? 409 : 400;
    this.reason = reason;
  }
}
