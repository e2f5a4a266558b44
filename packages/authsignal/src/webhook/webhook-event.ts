import { findDuplicateName } from "@require-action/core/adapter";
import { bareCopy, ownObject } from "@require-action/core/options";
import * as v from "valibot";
import { WebhookError } from "./webhook-error.ts";

interface Envelope<Type extends string, Data> {
  readonly id: string;
  readonly type: Type;
  /** When it happened, as Authsignal wrote it. */
  readonly time: string;
  readonly tenantId: string;
  readonly data: Data;
}

/** What `action.verify` asks: a 2xx answer lets the challenge succeed, any other makes it fail. */
export interface ActionVerifyData {
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
  readonly state?: string;
  readonly verifiedAt?: string;
  readonly verificationMethod?: string;
  readonly userAuthenticatorId?: string;
}

/** A batch of log records. Batches come at least once, so a record may come again in another. */
export interface LogData {
  readonly records: readonly { readonly type: string; readonly record: Readonly<Record<string, unknown>> }[];
}

type Members = Readonly<Record<string, unknown>>;

/**
 * An authentic event of Authsignal's; narrow on `type`. The delivery events hold one-time codes: do not log their `data`.
 * @see https://docs.authsignal.com/advanced-usage/webhooks/overview
 */
export type WebhookEvent =
  | Envelope<"action.verify", ActionVerifyData>
  | Envelope<"email.created" | "sms.created" | "push.created", Members>
  | Envelope<"authenticator.created" | "authenticator.updated" | "authenticator.deleted", Members>
  | Envelope<"action.log_created" | "challenge.log_created", LogData>
  /** A type that this version does not know; `eventType` is its name. */
  | (Envelope<"unknown", Members> & { readonly eventType: string });

const text = v.pipe(v.string(), v.nonEmpty());
/** What decides nothing is left out rather than refused when it is of another type. */
const optionalText = v.fallback(v.optional(text), undefined);
const members = v.record(v.string(), v.unknown());

const envelope = ownObject({ id: text, type: text, time: text, tenantId: text, data: members });
const actionVerifyData = ownObject({
  userId: text,
  action: text,
  idempotencyKey: text,
  state: optionalText,
  verifiedAt: optionalText,
  verificationMethod: optionalText,
  userAuthenticatorId: optionalText,
});
const logData = ownObject({ records: v.array(ownObject({ type: text, record: members })) });

/** Reads the body of a webhook that has been found authentic. */
export function parseWebhookEvent(rawBody: string | Uint8Array): WebhookEvent {
  const { type, data, ...rest } = parse(envelope, readJson(rawBody));
  switch (type) {
    case "action.verify":
      return { ...rest, type, data: withoutUndefined(parse(actionVerifyData, data)) };
    case "action.log_created":
    case "challenge.log_created":
      return { ...rest, type, data: parse(logData, data) };
    case "email.created":
    case "sms.created":
    case "push.created":
    case "authenticator.created":
    case "authenticator.updated":
    case "authenticator.deleted":
      return { ...rest, type, data };
    default:
      return { ...rest, type: "unknown", eventType: type, data };
  }
}

function readJson(rawBody: string | Uint8Array): unknown {
  try {
    const body = typeof rawBody === "string" ? rawBody : new TextDecoder("utf-8", { fatal: true }).decode(rawBody);
    const event: unknown = JSON.parse(body);
    if (!findDuplicateName(body)) return event;
  } catch {
    // As for a text that contradicts itself.
  }
  throw new WebhookError("event_malformed");
}

function parse<Schema extends v.GenericSchema>(schema: Schema, value: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, bareCopy(value), { abortEarly: true });
  if (!parsed.success) throw new WebhookError("event_malformed");
  return bareCopy(parsed.output);
}

function withoutUndefined<T extends object>(object: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const present = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
