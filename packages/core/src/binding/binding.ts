import { createHash } from "node:crypto";
import { createNullProtoRecord } from "../lib/own-members.ts";
import { RequireActionError } from "../reply/errors.ts";
import { Refusal } from "../reply/refusal.ts";
import type { GuardRequest, RequestBody } from "../request/guard-request.ts";
import { canonicalJson, NotCanonical } from "./canonical-json.ts";

/** A value that two readers never read differently. Money is a decimal string. */
export type BoundValue = string | number | boolean;

/** The declared fields of a request that an approval is good for. */
export type BoundFields = Readonly<Record<string, BoundValue>>;

/** How much of the request an approval is good for: all of it, its declared fields, or (explicitly) nothing. */
export type BindingKind = "request" | "fields" | "none";

/** What of this request is bound. */
export interface Binding {
  readonly kind: BindingKind;
  /** Differs whenever what is bound differs; the seal holds its keyed digest. */
  readonly canonical: string;
  /** The declared fields, when `kind` is `fields`. */
  readonly fields?: BoundFields;
}

const MAX_FIELDS = 100;
const MAX_FIELDS_LENGTH = 16_384;
/** Of a decimal string. An account number of 34 characters has letters in it. */
const MAX_DIGITS = 30;
const DECIMAL = /^-?\d+(?:\.\d+)?$/;
const FIELD_NAME = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** Binds nothing: any request of the same user and action may use the approval. */
export function bindNothing(): Binding {
  return { kind: "none", canonical: "none" };
}

/** Binds the whole request: method, target without host, and body. Throws a refusal or a fault when it cannot. */
export function bindRequest(request: Omit<GuardRequest<object>, "native">): Binding {
  const { method, target, body } = request;
  const value = { method, target: withoutOrigin(target), body: bindableBody(body, request.header("content-type")) };
  try {
    return { kind: "request", canonical: `request ${canonicalJson(value)}` };
  } catch (error) {
    if (!(error instanceof NotCanonical)) throw error;
    throw new Refusal("request_unbindable", `the request holds ${error.message}`);
  }
}

/** Binds the fields that the application declared. Throws a refusal naming the first field that cannot be bound. */
export function bindFields(declared: unknown, body: RequestBody): Binding {
  if (declared === undefined) {
    throw new RequireActionError("resolver_failed", {
      detail: "bind returned nothing; it must return a record of fields",
    });
  }
  // Where a part of the request is handed on, it is the client that sent something else.
  if (typeof declared !== "object" || declared === null || Array.isArray(declared)) {
    throw new Refusal("request_unresolvable", "bind returned something other than a record of fields");
  }
  const names = Object.keys(declared);
  if (names.length === 0) {
    throw new Refusal("request_unresolvable", 'bind returned no field; say bind: "none" if nothing is to be bound');
  }
  if (names.length > MAX_FIELDS) throw new Refusal("bound_field_invalid", `more than ${MAX_FIELDS} bound fields`);
  const fields = createNullProtoRecord<BoundValue>();
  for (const name of names) fields[name] = boundValue(name, (declared as Record<string, unknown>)[name], body);
  const canonical = canonicalJson(fields);
  if (canonical.length > MAX_FIELDS_LENGTH) {
    throw new Refusal("bound_field_invalid", `bound fields of more than ${MAX_FIELDS_LENGTH} characters`);
  }
  return { kind: "fields", canonical: `fields ${canonical}`, fields: Object.freeze(fields) };
}

function boundValue(name: string, value: unknown, body: RequestBody): BoundValue {
  if (!FIELD_NAME.test(name)) throw new Refusal("bound_field_invalid", "a bound field's name is not an identifier");
  if (value === undefined || value === null) {
    if (isUnparsed(body)) throw unparsed(body);
    throw new Refusal("bound_field_missing", `bound field ${name} is missing`, { field: name });
  }
  if (!isBoundValue(value))
    throw new Refusal("bound_field_invalid", `bound field ${name} has an unbindable value`, { field: name });
  return value;
}

function isBoundValue(value: unknown): value is BoundValue {
  if (typeof value === "string") return value.isWellFormed() && !(value.length > MAX_DIGITS && hasTooManyDigits(value));
  return typeof value === "boolean" || Number.isSafeInteger(value);
}

/** No money has so many, and whoever sends them wants something else: rules add such numbers up, and pages group them. */
function hasTooManyDigits(text: string): boolean {
  if (!DECIMAL.test(text)) return false;
  const others = (text.startsWith("-") ? 1 : 0) + (text.includes(".") ? 1 : 0);
  return text.length - others > MAX_DIGITS;
}

type BindableBody =
  | { readonly kind: "none" }
  | { readonly kind: "json" | "text"; readonly value: unknown }
  | { readonly kind: "bytes"; readonly sha256: string };

function bindableBody(body: RequestBody, contentType: string | undefined): BindableBody {
  const { value, sent } = body;
  if (body.tooLarge) throw unparsed(body);
  if (sent && contentType?.trimStart().toLowerCase().startsWith("multipart/")) {
    throw !body.read && body.passedOver?.() ? unparsed(body) : new RequireActionError("body_not_bindable");
  }
  if (isUnparsed(body)) throw unparsed(body);
  if (typeof value === "string") return { kind: "text", value };
  if (value instanceof Uint8Array) return { kind: "bytes", sha256: createHash("sha256").update(value).digest("hex") };
  if (!isEmpty(value)) return { kind: "json", value };
  if (!sent) return { kind: "none" };
  // Express 4 leaves {} for a type that none of its parsers takes, though something else may have read the bytes.
  if (!/json|urlencoded/i.test(contentType ?? "")) throw new RequireActionError("body_not_parsed");
  return { kind: "json", value };
}

/** True for a body that was sent and that nobody has parsed. */
export function isUnparsed(body: RequestBody): boolean {
  return body.sent && (!body.read || body.value === undefined);
}

/**
 * Why a body that nobody parsed stops its request. Where a parser passed it over, the client sent a type that the route does
 * not read; where none ran, no request of the route could be read, which is the application's to mend.
 */
export function unparsed(body: RequestBody, cause?: unknown): Refusal | RequireActionError {
  if (body.tooLarge) return new Refusal("body_too_large", "the body is larger than the adapter reads", {}, { cause });
  if (!body.passedOver?.()) return new RequireActionError("body_not_parsed", { cause });
  const reason = "the parsers in front of the guard read no such content type; a multipart body needs bind besides";
  return new Refusal("body_type_unsupported", reason, {}, { cause });
}

/** True for an error of {@link unparsed}. */
export function isUnparsedError(error: unknown): boolean {
  if (!(error instanceof Refusal) && !(error instanceof RequireActionError)) return false;
  return ["body_not_parsed", "body_not_bindable", "body_type_unsupported"].includes(error.code);
}

/** True for what body parsers leave when there is no body. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** A proxy-style request line (RFC 9112 section 3.2.2) names the host, which is not bound. */
function withoutOrigin(target: string): string {
  return target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
}

/**
 * Accepts the records that `bind` may return. A field holds a string, a boolean or a safe integer; `null` and `undefined`,
 * and a list where a query may hold either, are the client's to send and are refused with the request. A field whose type
 * leaves nothing to bind, such as a nested object, does not compile.
 */
export type Bindable<Fields> = object & {
  readonly [Name in keyof Fields as Name]: [BoundAs<Fields[Name]>] extends [never] ? BoundValue : Fields[Name];
};

/** The fields that are bound of what `bind` returns: without everything that the guard refuses. */
export type BoundBy<Fields> = Fields extends "none"
  ? undefined
  : { readonly [Name in keyof Fields]: BoundAs<Fields[Name]> };

/** What is left of a type once it is bound; any {@link BoundValue} where the type says nothing. */
type BoundAs<Value> = BoundValue extends Value ? BoundValue : Extract<Value, BoundValue>;
