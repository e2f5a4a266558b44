import { createHash } from "node:crypto";
import { hasDuplicateName } from "@require-action/core/adapter";
import { bareCopy, memberOf, ownObject } from "@require-action/core/options";
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

type Members = Readonly<Record<string, unknown>>;

/** One event of a log, of type `action.log_created` or `challenge.log_created`. It may come again, under the same id. */
export interface LogRecord {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly tenantId: string;
  readonly record: Members;
}

/** A batch of log events of one tenant, 500 at most. */
export interface LogBatch {
  readonly type: "log";
  /** Made of the batch as it was sent. */
  readonly id: string;
  readonly tenantId: string;
  readonly records: readonly LogRecord[];
}

/**
 * An authentic event of Authsignal's; narrow on `type`. The delivery events hold one-time codes: do not log their `data`.
 * @see https://docs.authsignal.com/advanced-usage/webhooks/overview
 */
export type WebhookEvent =
  | Envelope<"action.verify", ActionVerifyData>
  | Envelope<"email.created" | "sms.created" | "push.created", Members>
  | Envelope<"authenticator.created" | "authenticator.updated" | "authenticator.deleted", Members>
  | LogBatch
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
const logRecord = ownObject({ id: text, type: text, time: text, tenantId: text, record: members });
const logBatch = ownObject({ records: v.pipe(v.array(logRecord), v.nonEmpty()) });

/** Reads the body of a webhook that has been found authentic. */
export function parseWebhookEvent(rawBody: string | Uint8Array): WebhookEvent {
  const body = readJson(rawBody);
  if (memberOf(body, "records") !== undefined) return readLog(body, rawBody);
  const { type, data, ...rest } = parse(envelope, body);
  switch (type) {
    case "action.verify":
      return { ...rest, type, data: withoutUndefined(parse(actionVerifyData, data)) };
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

/** Log events come without an envelope around them. */
function readLog(body: unknown, rawBody: string | Uint8Array): LogBatch {
  const { records } = parse(logBatch, body);
  const tenantId = records[0]?.tenantId ?? "";
  if (records.some((record) => record.tenantId !== tenantId)) throw new WebhookError("event_malformed");
  const id = `log:${createHash("sha256").update(rawBody).digest("base64url")}`;
  return { type: "log", id, tenantId, records };
}

function readJson(rawBody: string | Uint8Array): unknown {
  try {
    const body = typeof rawBody === "string" ? rawBody : new TextDecoder("utf-8", { fatal: true }).decode(rawBody);
    const event: unknown = JSON.parse(body);
    if (!hasDuplicateName(body, event)) return event;
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
