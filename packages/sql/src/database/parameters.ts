import { hash } from "node:crypto";
import { lengthPrefixed } from "@require-action/core/options";
import { ProviderError } from "@require-action/core/provider";

/** What the parameters of statements are, as PostgreSQL calls it. */
const types = {
  actionId: "text",
  actionIds: "jsonb",
  receiptIds: "jsonb",
  amount: "numeric",
  afterAt: "double precision",
  afterAction: "bigint",
  afterSequence: "bigint",
  afterUserId: "text",
  approvedAt: "double precision",
  approvedHour: "double precision",
  before: "double precision",
  bumps: "jsonb",
  challengeId: "text",
  changes: "jsonb",
  code: "text",
  codes: "jsonb",
  createdAt: "double precision",
  credentialId: "text",
  device: "jsonb",
  deviceChanges: "jsonb",
  deviceId: "text",
  document: "jsonb",
  email: "text",
  endsAt: "double precision",
  event: "jsonb",
  eventId: "text",
  figures: "jsonb",
  from: "text",
  generation: "double precision",
  idempotencyKey: "text",
  inboxId: "text",
  key: "text",
  keptMs: "double precision",
  limit: "integer",
  news: "jsonb",
  now: "double precision",
  number: "double precision",
  oldestPart: "double precision",
  onlyIfFirst: "boolean",
  owner: "text",
  part: "text",
  phoneNumber: "text",
  policyVersion: "text",
  previous: "text",
  receiptEntry: "text",
  receiptId: "text",
  receipts: "jsonb",
  replacesOthers: "boolean",
  reviewerId: "text",
  sessionId: "text",
  signature: "text",
  since: "double precision",
  state: "text",
  tellsEvent: "boolean",
  timeline: "text",
  ttl: "double precision",
  unit: "text",
  until: "double precision",
  user: "jsonb",
  userAuthenticatorId: "text",
  userChanges: "jsonb",
  userHandle: "text",
  userId: "text",
  username: "text",
  velocity: "jsonb",
  verificationMethod: "text",
  version: "double precision",
  votes: "double precision",
} as const;

type ParameterName = keyof typeof types;

type ValueOf<Type> = Type extends "text" | "numeric"
  ? string
  : Type extends "jsonb"
    ? object
    : Type extends "boolean"
      ? boolean
      : number;

/** Values for a statement. One that is `undefined` is NULL. */
export type Parameters = { readonly [Name in ParameterName]?: ValueOf<(typeof types)[Name]> | undefined };

/** What databases are given: objects as JSON. */
type BoundValue = string | number | boolean | null;

// As `JSON.stringify` writes it. An escaped backslash before it would make it a text about it.
const ODD_ESCAPE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** The PostgreSQL type of a parameter. */
export function parameterType(name: string): string {
  const type = types[name as ParameterName];
  if (type === undefined) throw new TypeError(`no parameter is called ${name}`);
  return type;
}

/**
 * Reads the value of a parameter. PostgreSQL keeps no NUL, and neither keeps lone surrogates apart: text with either is
 * refused, so that no two texts become one.
 * @throws ProviderError `provider_refused`
 */
export function boundValue(parameters: Parameters, name: string): BoundValue {
  const value = parameters[name as ParameterName];
  if (value === undefined) return null;
  if (typeof value === "string") {
    if (!value.isWellFormed() || value.includes("\0")) throw oddText();
    return value;
  }
  if (typeof value !== "object") return value;
  const json = JSON.stringify(value);
  if (json.includes("\\u") && ODD_ESCAPE.test(json)) throw oddText();
  return json;
}

function oddText(): ProviderError {
  return new ProviderError("provider_refused", "Text must be well-formed Unicode without NUL.");
}

/**
 * One key of several parts: of one length, so that an index takes it whatever it was made of, and without any text that a
 * database may refuse. Part of the schema: to change it takes a migration, or processes old and new would pass each other by.
 */
export function hashKey(...parts: readonly string[]): string {
  return hash("sha256", lengthPrefixed(parts), "base64url");
}
