import { hash, randomBytes } from "node:crypto";
import { canonicalJson } from "@require-action/core/options";
import type { CustomValue } from "@require-action/core/provider";
import type { ActionKey, ActionRecord } from "../store/records.ts";
import type { ApprovalRecord, Ceremony } from "../store/receipt-records.ts";
import { pickFields } from "./shown-fields.ts";
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

/** What an approval is about. Where there is nothing to name, the member is absent. */
interface Statement {
  readonly v: 1;
  readonly iss: string;
  readonly action: string;
  /** Absent at a sign-in, where the passkey names its user. */
  readonly user?: string;
  /** SHA-256 of the idempotency key, base64url. */
  readonly key?: string;
  /** The fields that the guard has bound. */
  readonly bound?: Readonly<Record<string, CustomValue>>;
  readonly policyVersion?: string;
  /** SHA-256 of the text that was shown, base64url. */
  readonly displayHash?: string;
  readonly locale?: string;
}

/** The part of an action's statement that was fixed when the action was decided. */
function statementOf(iss: string, action: ActionRecord): Statement {
  const { userId: user, action: code, idempotencyKey, policyVersion, boundFields, attributes } = action;
  const bound = boundFields && boundFieldsOf(attributes.custom, boundFields);
  return {
    v: 1,
    iss,
    action: code,
    user,
    key: keyFingerprint(idempotencyKey),
    ...(bound === undefined ? {} : { bound }),
    policyVersion,
  };
}

/** One try at approving an action, with a nonce of its own: no digest is asked for twice. */
export function createCeremony(iss: string, action: ActionRecord, shown?: ShownText): Ceremony {
  const display = shown && { displayHash: sha256(shown.text), locale: shown.locale };
  return {
    statement: canonicalJson({ ...statementOf(iss, action), ...display }),
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
  const key = idempotencyKey === undefined ? {} : { key: keyFingerprint(idempotencyKey) };
  return { statement: canonicalJson({ v: 1, iss, action, ...key } satisfies Statement), nonce };
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
  const bound: Record<string, CustomValue> = { ...pickFields(custom, new Set(names)) };
  // Guards bind no others; numbers that languages write in different ways are text, so that anybody can write the statement.
  for (const [name, value] of Object.entries(bound)) {
    if (typeof value === "number" && (!Number.isSafeInteger(value) || Object.is(value, -0)))
      bound[name] = String(value);
  }
  return bound;
}

function keyFingerprint(idempotencyKey: string): string {
  return sha256(idempotencyKey);
}

function sha256(text: string): string {
  return hash("sha256", text, "base64url");
}
