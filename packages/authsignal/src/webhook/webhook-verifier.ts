import { createHash, randomUUID } from "node:crypto";
import {
  type Clock,
  ConfigurationError,
  createMemoryLedger,
  RequireActionError,
  systemClock,
} from "@require-action/core";
import type { Ledger } from "@require-action/core/ledger";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import { WebhookError } from "./webhook-error.ts";
import { parseWebhookEvent, type WebhookEvent } from "./webhook-event.ts";
import { isSigned, parseSignature } from "./webhook-signature.ts";

/** The header that carries the signature, in the lower case in which Node gives it. */
export const WEBHOOK_SIGNATURE_HEADER = "x-signature-v2";

const MAX_EVENTS_IN_MEMORY = 100_000;
/** How far the clocks of the processes behind one ledger may differ. */
const CLOCK_DIFFERENCE_MS = 60_000;

/** Options of {@link createWebhookVerifier}. */
export interface WebhookVerifierOptions {
  /** The Server API secret key of the tenant, with which Authsignal signs. */
  readonly secret: string;
  /** Refuses events of any other tenant that shares the secret. */
  readonly tenantId?: string;
  /** How far the signature's time may be from now, before or after: 1 to 3600 seconds, 300 when absent. */
  readonly toleranceSeconds?: number;
  readonly clock?: Clock;
  /**
   * Remembers the ids of events. One in memory when absent, which holds for one process only; give the guard's shared
   * ledger where there are several.
   */
  readonly seen?: Ledger;
}

/** A webhook as it came in. */
export interface IncomingWebhook {
  /** The value of the `x-signature-v2` header. */
  readonly signature: string | readonly string[] | undefined;
  /** The body as it was received, text or bytes: JSON that was parsed and written again has another signature. */
  readonly rawBody: unknown;
}

/** A webhook that came from Authsignal, just now, for the first time. */
export interface VerifiedWebhook {
  readonly event: WebhookEvent;
  /** Forgets the event, so that it is accepted when Authsignal sends it again. For when acting upon it failed. */
  readonly release: () => Promise<void>;
}

/**
 * Verifies one webhook. Rejects with a `WebhookError` when it is not authentic, too old, from the future or received
 * before, and with `ledger_unavailable` when that cannot be known.
 */
export type VerifyWebhook = (webhook: IncomingWebhook) => Promise<VerifiedWebhook>;

/**
 * Creates the function that verifies Authsignal's webhooks.
 *
 * @example
 * const verifyWebhook = createWebhookVerifier({ secret: process.env.AUTHSIGNAL_SECRET ?? "" });
 * @see https://docs.authsignal.com/advanced-usage/webhooks/overview
 */
export function createWebhookVerifier(options: WebhookVerifierOptions): VerifyWebhook {
  const {
    secret,
    tenantId,
    toleranceSeconds = 300,
    clock = systemClock,
    seen = createMemoryLedger({ clock, maxClaims: MAX_EVENTS_IN_MEMORY }),
  } = readOptions("createWebhookVerifier", optionsSchema, options);
  const toleranceMs = toleranceSeconds * 1_000;

  return async function verifyWebhook({ signature: header, rawBody }) {
    const signature = parseSignature(onlyValue(header));
    const body = requireRawBody(rawBody);
    if (!isSigned(signature, body, secret)) throw new WebhookError("signature_mismatch");
    const signedAt = Number(signature.timestamp) * 1000;
    const age = clock.now() - signedAt;
    if (!(Math.abs(age) <= toleranceMs)) throw new WebhookError("timestamp_outside_tolerance");
    const event = parseWebhookEvent(body);
    if (tenantId !== undefined && event.tenantId !== tenantId) throw new WebhookError("other_tenant");

    const key = `webhook:${createHash("sha256").update(event.id).digest("base64url")}`;
    const owner = randomUUID();
    // A signature from the end of the window ahead is still good until the end of the window behind.
    const isFirst = await claim(seen, key, owner, 2 * toleranceMs + CLOCK_DIFFERENCE_MS, signedAt);
    if (!isFirst) throw new WebhookError("replayed");
    return { event, release: () => seen.release(key, owner) };
  };
}

const optionsSchema = defineOptions<WebhookVerifierOptions>({
  required: {
    secret: option.setting(
      (value) => typeof value === "string" && value !== "" && value.trim() === value,
      "must be the tenant's Server API secret key",
    ),
  },
  optional: {
    tenantId: option.setting((value) => typeof value === "string" && value !== "", "must be a tenant's id"),
    toleranceSeconds: option.whole({ least: 1, most: 3_600, unit: "seconds" }),
    clock: option.withMethods("now"),
    seen: option.withMethods("claim", "release"),
  },
});

function onlyValue(header: IncomingWebhook["signature"]): string {
  const values = typeof header === "string" ? [header] : (header ?? []);
  const [value = ""] = values;
  if (value === "") throw new WebhookError("signature_missing");
  if (values.length > 1) throw new WebhookError("signature_malformed");
  return value;
}

function requireRawBody(rawBody: unknown): string | Uint8Array {
  if (typeof rawBody === "string" || rawBody instanceof Uint8Array) return rawBody;
  // What body parsers leave when there is no body, which anybody can send.
  if (rawBody === undefined || rawBody === null || Object.keys(rawBody).length === 0)
    throw new WebhookError("body_missing");
  throw new ConfigurationError("rawBody", "must be the body as received; mount a raw body parser on this route");
}

/** What the ledger may have forgotten is refused like what it does not know: Authsignal sends it again, signed anew. */
async function claim(seen: Ledger, ...asked: Parameters<Ledger["claim"]>): Promise<boolean> {
  try {
    return (await seen.claim(...asked)) === true;
  } catch {
    throw new RequireActionError("ledger_unavailable", { detail: "the ledger of webhook events did not answer" });
  }
}
