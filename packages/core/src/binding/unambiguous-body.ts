import { type Awaitable, whenSettled } from "../lib/awaitable.ts";
import { isPlainRecord } from "../lib/own-members.ts";
import { hasDuplicateName } from "../lib/duplicate-names.ts";
import { Refusal } from "../reply/refusal.ts";
import type { GuardRequest } from "../request/guard-request.ts";

/**
 * Refuses a body whose JSON text, where it is at hand, names a member twice within one object: the guard has seen one of
 * the two, and whoever reads the text after it may take the other.
 * @see https://www.rfc-editor.org/rfc/rfc7493#section-2.3
 */
export function assertUnambiguousBody(request: Pick<GuardRequest<object>, "body" | "header">): Awaitable<void> {
  const { body } = request;
  if (!body.text || !body.sent) return undefined;
  return whenSettled(body.text(), (text) => {
    if (text !== undefined && text.length > 0)
      assertUnambiguous(text, body.value, request.header("content-type") ?? "");
  });
}

function assertUnambiguous(sent: string | Uint8Array, value: unknown, contentType: string): void {
  // Parsers take a mark of byte order off, as decoders do.
  const text = typeof sent === "string" ? withoutMark(sent) : decoded(sent, contentType);
  const parsed = text === undefined ? NOT_JSON : parsedJson(text);
  if (text === undefined || parsed === NOT_JSON) {
    // Something that is not there to be compared has been parsed.
    if (isJsonValue(value) && JSON_TYPE.test(contentType)) {
      throw new Refusal("request_unbindable", "the text of the request is not the JSON that was parsed");
    }
    return;
  }
  if (hasDuplicateName(text, parsed)) throw new Refusal("request_unbindable", "the request body names a member twice");
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

const JSON_TYPE = /^\s*[^\s;/]+\/(?:[^\s;]+\+)?json\s*(?:;|$)/i;

function decoded(bytes: Uint8Array, contentType: string): string | undefined {
  const [, charset = "utf-8"] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType) ?? [];
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const NOT_JSON = Symbol("no JSON");

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function isJsonValue(value: unknown): boolean {
  return typeof value === "object" && value !== null && (Array.isArray(value) || isPlainRecord(value));
}
