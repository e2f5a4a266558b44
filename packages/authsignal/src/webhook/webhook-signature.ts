import { createHmac, timingSafeEqual } from "node:crypto";
import { WebhookError } from "./webhook-error.ts";

const MAX_HEADER_LENGTH = 2048;
/** An HMAC-SHA256 in base64, which Authsignal sends without its padding. */
const SIGNATURE = /^[A-Za-z0-9+/]{43}=?$/;

/** The parts of an `X-Signature-V2` header. Several signatures are valid while a secret is being rotated. */
export interface WebhookSignature {
  /** Seconds since the epoch, in the digits that were signed. */
  readonly timestamp: string;
  readonly signatures: readonly Buffer[];
}

/**
 * Reads a header `t=<seconds>,v2=<signature>[,v2=<signature>]`. Parts of other versions are passed over.
 * @see https://docs.authsignal.com/advanced-usage/webhooks/overview
 */
export function parseSignature(header: string): WebhookSignature {
  if (header.length > MAX_HEADER_LENGTH) throw new WebhookError("signature_malformed");
  const timestamps: string[] = [];
  const signatures: Buffer[] = [];
  for (const part of header.split(",").map((untrimmed) => untrimmed.trim())) {
    if (part.startsWith("t=")) timestamps.push(part.slice(2));
    const signature = part.startsWith("v2=") ? part.slice(3) : "";
    if (SIGNATURE.test(signature)) signatures.push(Buffer.from(signature, "base64"));
  }
  const [timestamp = ""] = timestamps;
  if (timestamps.length !== 1 || !/^\d{1,12}$/.test(timestamp) || signatures.length === 0) {
    throw new WebhookError("signature_malformed");
  }
  return { timestamp, signatures };
}

/** True when one of the signatures is that of `rawBody` at the timestamp. Takes the same time whichever it is. */
export function isSigned(
  { timestamp, signatures }: WebhookSignature,
  rawBody: string | Uint8Array,
  secret: string,
): boolean {
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(rawBody).digest();
  return signatures.map((signature) => timingSafeEqual(signature, expected)).includes(true);
}
