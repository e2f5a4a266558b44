import { bareOptions, createNullProtoRecord, memberOf, parseRedirectUrl } from "@require-action/core/options";
import {
  type CustomValue,
  isActionCode,
  isId,
  parseClientAddress,
  type TrackAttributes,
  type TrackRequest,
} from "@require-action/core/provider";
import { EngineError } from "../lib/engine-error.ts";
import { isAbsent, type ProfileField, profileFields } from "../lib/profile.ts";
import type { ActionKey, RecordedAttributes } from "../store/records.ts";

const MAX_CUSTOM_FIELDS = 100;
const MAX_CUSTOM_BYTES = 16_384;
/** No UTF-16 code unit takes more in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
const MAX_USER_AGENT = 512;
const MAX_SCOPE = 256;
const SCOPE = /^[a-z]+:authenticators(?: [a-z]+:authenticators)*$/;

/** `track` of the embedded engine takes one attribute more than the port. */
export interface EngineTrackRequest extends TrackRequest {
  readonly attributes: TrackAttributes & {
    /**
     * What the challenge token permits beyond answering the challenge: `add:authenticators`, `remove:authenticators`.
     * It lets the bearer change the user's factors without proving one: only for users who have just proved themselves.
     */
    readonly scope?: string;
  };
}

/** A `track` request that was read: ids are ids, sizes are bounded. */
export interface TrackInput {
  readonly key: ActionKey;
  readonly attributes: RecordedAttributes;
  /** Names of the fields of `custom` that a guard has bound. */
  readonly boundFields: readonly string[];
  /** Names of what was given of the user and cannot be read: left out, unless something needs it. */
  readonly unreadable: readonly ProfileField[];
  /** Names of fields of `custom` that are lists, objects or null: left out, unless something needs them. */
  readonly structured: readonly string[];
  /** Kept nowhere. */
  readonly deviceSecret: string | undefined;
  readonly takesDeviceSecrets: boolean;
}

const noFields: readonly never[] = Object.freeze([]);
const profileNames: readonly ProfileField[] = ["email", "phoneNumber", "username", "locale"];

/** @throws EngineError `request_invalid`, naming the attribute and never its value. */
export function parseTrack(request: EngineTrackRequest): TrackInput {
  const attributes = bareOptions(memberOf(request, "attributes")) as EngineTrackRequest["attributes"];
  if (typeof attributes !== "object" || attributes === null) throw invalid("attributes");
  const { redirectUrl, ipAddress, userAgent, deviceId, scope, custom } = attributes;
  const read: ReadAttributes = createNullProtoRecord<never>();
  if (redirectUrl !== undefined) read.redirectUrl = parseRedirect(redirectUrl);
  const address = parseClientAddress(ipAddress);
  if (address !== undefined) read.ipAddress = address;
  if (userAgent !== undefined) read.userAgent = cutUserAgent(must("userAgent", isString, userAgent));
  if (!isAbsent(deviceId)) read.deviceId = must("deviceId", isId, deviceId);
  const unreadable = readProfile(attributes, read);
  if (scope !== undefined) read.scope = must("scope", isScope, scope);
  let structured: readonly string[] = noFields;
  if (custom !== undefined) ({ fields: read.custom, structured } = parseCustom(custom));
  const key = parseKeyParts(memberOf(request, "userId"), memberOf(request, "action"), attributes.idempotencyKey);
  const boundFields = parseBoundFields(memberOf(request, "boundFields"), read.custom);
  return {
    key,
    attributes: read,
    boundFields,
    unreadable,
    structured,
    deviceSecret: textOf(memberOf(request, "deviceSecret")),
    takesDeviceSecrets: memberOf(request, "takesDeviceSecrets") !== false,
  };
}

type ReadAttributes = { -readonly [Name in keyof RecordedAttributes]: RecordedAttributes[Name] };

/** Reads what is given of the user. Returns the names of what cannot be read. */
function readProfile(attributes: EngineTrackRequest["attributes"], read: ReadAttributes): readonly ProfileField[] {
  const { email, phoneNumber, username, locale } = attributes;
  // As of most requests.
  if (email === undefined && phoneNumber === undefined && username === undefined && locale === undefined)
    return noFields;
  const unreadable: ProfileField[] = [];
  for (const name of profileNames) {
    const given: unknown = attributes[name];
    if (isAbsent(given)) continue;
    const value = profileFields[name].read(given);
    if (value === undefined) unreadable.push(name);
    else read[name] = value;
  }
  return unreadable;
}

/** Anything but a text is no secret, and none is no mistake. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parseBoundFields(names: unknown, custom: RecordedAttributes["custom"]): readonly string[] {
  if (names === undefined) return noFields;
  if (!Array.isArray(names) || names.length > MAX_CUSTOM_FIELDS) throw invalid("boundFields");
  for (const name of names as readonly unknown[]) {
    // No statement can be made of a field of the last name, and no guard binds one.
    const isField = typeof name === "string" && custom !== undefined && Object.hasOwn(custom, name);
    if (!isField || name === "__proto__") throw invalid("boundFields");
  }
  return names as readonly string[];
}

/** @throws EngineError `request_invalid` */
export function parseActionKey(key: ActionKey): ActionKey {
  if (typeof key !== "object" || key === null) throw invalid("the key of the action");
  const { userId, action, idempotencyKey } = key;
  return parseKeyParts(userId, action, idempotencyKey);
}

function parseKeyParts(userId: unknown, action: unknown, idempotencyKey: unknown): ActionKey {
  return {
    userId: must("userId", isId, userId),
    action: must("action", isActionCode, action),
    idempotencyKey: parseIdempotencyKey(idempotencyKey),
  };
}

/** @throws EngineError `request_invalid` */
export function parseUserId(userId: unknown): string {
  return must("userId", isId, userId);
}

/** @throws EngineError `request_invalid` */
export function parseIdempotencyKey(idempotencyKey: unknown): string {
  return must("idempotencyKey", isId, idempotencyKey);
}

/** @throws EngineError `request_invalid` */
export function parseActionCode(action: unknown): string {
  return must("action", isActionCode, action);
}

/** True when both were tracked with the same attributes: the same key then means the same action. */
export function areSameAttributes(one: RecordedAttributes, other: RecordedAttributes): boolean {
  return canonical(one) === canonical(other);
}

/** The fields that clients of Authsignal send and no rule can read. A guard binds none of them: bound fields are flat. */
function structuredNames(custom: unknown): readonly string[] {
  if (typeof custom !== "object" || custom === null || Array.isArray(custom)) return noFields;
  let names: string[] | undefined;
  // Without a copy, as nearly all have none.
  for (const name of Object.keys(custom)) {
    if (typeof (custom as Record<string, unknown>)[name] === "object") (names ??= []).push(name);
  }
  return names === undefined ? noFields : names;
}

function withoutNames(custom: unknown, names: readonly string[]): unknown {
  return Object.fromEntries(Object.entries(custom as object).filter(([name]) => !names.includes(name)));
}

/** The fields of `custom` that a rule can read, and the names of the others. @throws EngineError `request_invalid` */
export function parseCustom(custom: unknown): Pick<TrackInput, "structured"> & {
  readonly fields: Readonly<Record<string, CustomValue>>;
} {
  const structured = structuredNames(custom);
  return { structured, fields: parseCustomFields(structured.length === 0 ? custom : withoutNames(custom, structured)) };
}

/** A flat record without a prototype, so that a data point's name is never anything else. */
function parseCustomFields(custom: unknown): Readonly<Record<string, CustomValue>> {
  if (typeof custom !== "object" || custom === null || Array.isArray(custom)) throw invalid("custom");
  const names = Object.keys(custom);
  if (names.length > MAX_CUSTOM_FIELDS) throw invalid("custom");
  const copy = createNullProtoRecord<CustomValue>();
  let units = 0;
  for (const name of names) {
    const value: unknown = (custom as Record<string, unknown>)[name];
    if (!isId(name) || !isCustomValue(value)) throw invalid("custom");
    units += name.length + (typeof value === "string" ? value.length : 8);
    // To count bytes costs more than to read them: where even the longest would fit, nobody does.
    if (units * MAX_BYTES_PER_UNIT > MAX_CUSTOM_BYTES && bytesOf(custom) > MAX_CUSTOM_BYTES) throw invalid("custom");
    // A zero below nothing is zero once it was stored, and so it is before: receipts say the same at both times.
    copy[name] = value === 0 ? 0 : value;
  }
  return copy;
}

/** The bytes of names and values together; 8 for one that is no text. */
function bytesOf(custom: object): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(custom)) {
    bytes += Buffer.byteLength(name) + (typeof value === "string" ? Buffer.byteLength(value) : 8);
  }
  return bytes;
}

function must<Value>(name: string, test: (value: unknown) => value is Value, value: unknown): Value {
  if (!test(value)) throw invalid(name);
  return value;
}

function invalid(name: string): EngineError {
  return new EngineError("request_invalid", `${name} is missing, malformed, or too large.`, { field: name });
}

function isCustomValue(value: unknown): value is CustomValue {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isScope(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_SCOPE && SCOPE.test(value);
}

function parseRedirect(given: unknown): string {
  const redirect = parseRedirectUrl(given);
  if ("problem" in redirect) throw invalid("redirectUrl");
  return redirect.url;
}

/** A browser's own description: cut rather than refused, as nothing rests on it. */
export function cutUserAgent(userAgent: string): string {
  const cut = userAgent.slice(0, MAX_USER_AGENT).toWellFormed();
  return cut.includes("\0") ? cut.replaceAll("\0", "") : cut;
}

function canonical({ custom = {}, ...attributes }: RecordedAttributes): string {
  return JSON.stringify([sorted(attributes), sorted(custom)]);
}

function sorted(fields: object): [string, unknown][] {
  return Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1));
}
