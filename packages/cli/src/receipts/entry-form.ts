/** Members of JSON, of which nothing is known but what is looked at. */
export type Members = Readonly<Record<string, any>>;

type Form = (value: unknown) => boolean;

const MAX_TIME = 8_640_000_000_000_000;
/** As much as engines take. */
const MAX_CLIENT_DATA = 8192;

const isText: Form = (value) => typeof value === "string";
const isCount: Form = (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TIME;
const isTexts: Form = (value) => isRecord(value) && Object.values(value).every(isText);
/** What a signature covers by its bytes has one text, in base64url without padding. */
export const isBytes: Form = (value) =>
  typeof value === "string" && Buffer.from(value, "base64url").toString("base64url") === value;

/** What is bound: a flat record. */
const isBound: Form = (value) => isRecord(value) && !Object.values(value).some(isRecord);
const isStatement: Form = (value) => {
  if (!isRecord(value) || value["v"] !== 1) return false;
  const { v: _version, bound = {}, action, iss, ...others } = value;
  return isBound(bound) && isTexts({ action, iss, ...others });
};
const isAssertion: Form = (value) =>
  isRecord(value) &&
  isText(value["credentialId"]) &&
  [value["clientDataJSON"], value["authenticatorData"], value["signature"]].every(isBytes) &&
  value["clientDataJSON"].length <= MAX_CLIENT_DATA;

const texts = ["id", "type", "iss", "previous", "outcome", "decision", "user", "reviewer", "digest", "shownText"];
const more = ["method", "authenticator", "credentialId", "of", "reason"];

/** The forms of members, by their names: a name means the same in all entries. Others may come with later versions. */
const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ...[...texts, ...more].map((name) => [name, isText] as const),
  ...["at", "batch", "position", "approvers"].map((name) => [name, isCount] as const),
  ...["nonce", "publicKey"].map((name) => [name, isBytes] as const),
  ...["by", "votes"].map((name) => [name, isTexts] as const),
  ["statement", isStatement],
  ["assertion", isAssertion],
  ["isLate", (value) => typeof value === "boolean"],
]);

/** What each kind of entry has in any case. Of an unknown kind, nothing else is looked at. */
const required: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["head", ["batch", "position", "previous", "iss"]],
  ["decided", ["outcome", "statement"]],
  ["approved", ["decision", "user", "statement", "nonce", "digest", "by"]],
  ["voted", ["decision", "reviewer", "statement", "nonce", "digest"]],
  ["enrolled", ["method"]],
  ["executed", ["of"]],
  ["revoked", ["of"]],
]);

/** True for an entry whose members are what they are read as, so that nothing is read in two ways. */
export function isEntry(entry: unknown): entry is Members {
  if (!isRecord(entry)) return false;
  const names = new Set([...Object.keys(entry), "id", "type", "at", ...(required.get(entry["type"]) ?? [])]);
  return [...names].every((name) => (forms.get(name) ?? isPresent)(entry[name]));
}

function isPresent(): boolean {
  return true;
}

/** True for texts, booleans, exact integers, and records of them: what has one text in every language. */
export function isPlain(value: unknown): boolean {
  if (isRecord(value)) return Object.values(value).every(isPlain);
  return typeof value === "string" || typeof value === "boolean" || isExact(value);
}

function isExact(value: unknown): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

export function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
