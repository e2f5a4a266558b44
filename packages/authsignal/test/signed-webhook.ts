import { createHmac } from "node:crypto";

export const WEBHOOK_SECRET = "canary-webhook-secret";

/** A body of Authsignal's, as its own documentation has it. */
export function eventBody(members: object = {}): string {
  return JSON.stringify({
    version: 1,
    id: "event-1",
    source: "https://authsignal.com",
    time: "2026-11-23T05:00:00.000Z",
    tenantId: "tenant-1",
    type: "action.verify",
    data: {
      userId: "alice",
      action: "withdraw-funds",
      idempotencyKey: "key-1",
      state: "CHALLENGE_SUCCEEDED",
      verificationMethod: "PASSKEY",
    },
    ...members,
  });
}

/** The signature of a body at a time, without its padding. */
export function sign(rawBody: string | Uint8Array, seconds: number | string, secret: string = WEBHOOK_SECRET): string {
  return createHmac("sha256", secret).update(`${seconds}.`).update(rawBody).digest("base64").replace(/=+$/, "");
}

/** The header that Authsignal sends with a body at a time. */
export function signatureHeader(rawBody: string | Uint8Array, seconds: number, secret?: string): string {
  return `t=${seconds},v2=${sign(rawBody, seconds, secret)}`;
}

/** One event of a log. */
export function logRecord(id: string, members: object = {}): object {
  const envelope = { version: 1, id, source: "https://authsignal.com", time: "2026-11-23T05:00:00.000Z" };
  return { ...envelope, tenantId: "tenant-1", type: "action.log_created", record: { outcome: "ALLOW" }, ...members };
}
