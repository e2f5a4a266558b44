import { hash, randomBytes } from "node:crypto";
import { canonicalJson, createNullProtoRecord } from "@require-action/core/options";
import type { CustomValue } from "@require-action/core/provider";
import type { ActionKey, ActionRecord } from "../store/records.ts";
import type { ApprovalRecord, Ceremony } from "../store/receipt-records.ts";
import type { PasskeyAssertion } from "../webauthn/passkey-response.ts";

/** In front of what is hashed, so that no digest is one of something else. Part of the format. */
const DIGEST_PREFIX = "require-action/approve/1\0";
const NONCE_BYTES = 32;

/** The text that a person is shown when a challenge is issued. */
export interface ShownText {
  /** The language of the text, as a BCP 47 tag. */
  readonly locale: string;
  /** All of what is to be approved, as it reads. */
  readonly text: string;
}

/**
 * The statement of an action: canonical JSON (RFC 8785) of what was fixed when the action was decided, and of what the user is shown.
 * `key` is the SHA-256 of the idempotency key, `displayHash` that of the text; `reviewer` is who approves in the place of the user. Members without anything to name are absent. Put
 * together by hand, as every decision with a receipt passes here.
 */
export function statementText(
  iss: string,
  action: ActionRecord,
  { shown, reviewer }: { readonly shown?: ShownText | undefined; readonly reviewer?: string } = {},
): string {
  const { userId, action: code, idempotencyKey, policyVersion, boundFields, attributes } = action;
  const bound =
    boundFields === undefined ? "" : `,"bound":${canonicalJson(boundFieldsOf(attributes.custom, boundFields))}`;
  const [displayHash, locale] =
    shown === undefined ? ["", ""] : [`,"displayHash":"${sha256(shown.text)}"`, `,"locale":${text(shown.locale)}`];
  const key = sha256(idempotencyKey);
  const by = reviewer === undefined ? "" : `,"reviewer":${text(reviewer)}`;
  return `{"action":${text(code)}${bound}${displayHash},"iss":${text(iss)},"key":"${key}"${locale},"policyVersion":${text(policyVersion)}${by},"user":${text(userId)},"v":1}`;
}

/** One try at approving an action, with a nonce of its own: no digest is asked for twice. */
export function createCeremony(iss: string, action: ActionRecord, shown?: ShownText, reviewer?: string): Ceremony {
  return {
    statement: statementText(iss, action, { shown, ...(reviewer === undefined ? {} : { reviewer }) }),
    nonce: randomBytes(NONCE_BYTES).toString("base64url"),
    ...(shown === undefined ? {} : { shownText: shown.text }),
  };
}

/** The statement of a sign-in, for which nobody has named a user yet. */
export function signInCeremony(
  iss: string,
  { action, idempotencyKey }: Pick<ActionKey, "action"> & Partial<ActionKey>,
  nonce: string = randomBytes(NONCE_BYTES).toString("base64url"),
): Ceremony {
  const key = idempotencyKey === undefined ? {} : { key: sha256(idempotencyKey) };
  return { statement: canonicalJson({ v: 1, iss, action, ...key }), nonce };
}

/** What a ceremony is about, in 32 bytes: a passkey's challenge. Base64url. */
export function digestOf({ statement, nonce }: Pick<Ceremony, "statement" | "nonce">): string {
  const parts = [Buffer.from(DIGEST_PREFIX), Buffer.from(statement), Buffer.from(nonce, "base64url")];
  return hash("sha256", Buffer.concat(parts), "base64url");
}

/**
 * How an action came to be approved. With an assertion, the user's device has signed the digest of the ceremony; without one,
 * only the engine says so.
 */
export function createApproval(ceremony: Ceremony, assertion?: PasskeyAssertion): ApprovalRecord {
  return { ...ceremony, digest: digestOf(ceremony), ...(assertion === undefined ? {} : { assertion }) };
}

function boundFieldsOf(
  custom: ActionRecord["attributes"]["custom"],
  names: readonly string[],
): Readonly<Record<string, CustomValue>> {
  const bound = createNullProtoRecord<CustomValue>();
  for (const name of names) {
    if (custom !== undefined && Object.hasOwn(custom, name)) bound[name] = custom[name]!;
  }
  // Guards bind no others; numbers that languages write in different ways are text, so that anybody can write the statement.
  for (const [name, value] of Object.entries(bound)) {
    if (typeof value === "number" && !Number.isSafeInteger(value)) bound[name] = String(value);
  }
  return bound;
}

function sha256(value: string): string {
  return hash("sha256", value, "base64url");
}

function text(value: string): string {
  return JSON.stringify(value);
}
