import { hasDuplicateName } from "@require-action/core/adapter";
import type { HttpAnswer } from "./exchange.ts";

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** An answer's JSON, or why there is none that could be believed. */
export type ParsedBody = { readonly value: unknown } | { readonly problem: string };

/** Parses an answer that is JSON by its type and by its bytes, sent as it is, with one value for each name. */
export function parseJson({ headers, body }: HttpAnswer): ParsedBody {
  // No coding is asked for. Under one, these bytes are not what was meant, whatever they look like.
  const contentCoding = header(headers, "content-encoding");
  if (contentCoding !== "" && contentCoding.toLowerCase() !== "identity")
    return { problem: "it has a content coding that nobody asked for" };
  const transferCoding = header(headers, "transfer-encoding");
  if (transferCoding !== "" && transferCoding.toLowerCase() !== "chunked")
    return { problem: "it has a transfer coding that nobody asked for" };
  if (!JSON_TYPE.test(header(headers, "content-type"))) return { problem: "its type is not JSON in UTF-8" };
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(body);
    value = JSON.parse(text);
  } catch {
    return { problem: "it is not JSON" };
  }
  return hasDuplicateName(text, value) ? { problem: "it has two members of one name" } : { value };
}

/** The value of an answer that {@link parseJson} accepts; `undefined` for any other. */
export function readJson(answer: HttpAnswer): unknown {
  const parsed = parseJson(answer);
  return "value" in parsed ? parsed.value : undefined;
}

/** A header's values in one text, trimmed; empty when it is absent. */
function header(headers: HttpAnswer["headers"], name: string): string {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return String(value ?? "").trim();
}
