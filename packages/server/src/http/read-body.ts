import { hasDuplicateName } from "@require-action/core/adapter";
import { bareCopy, createNullProtoRecord } from "@require-action/core/options";
import { EngineError } from "@require-action/engine";
import type { Exchange } from "./exchange.ts";

/** The longest body that any endpoint has a use for. */
const MAX_BODY_BYTES = 65_536;

/**
 * Reads the body as a JSON object in which no name comes twice (RFC 7493 section 2.3). An absent one is `{}`: the browser SDK declares JSON and sends nothing.
 * @throws EngineError `request_invalid`
 */
export async function readJson(exchange: Exchange): Promise<Readonly<Record<string, unknown>>> {
  const sent = await exchange.text(
    MAX_BODY_BYTES,
    () => new EngineError("request_too_large", "The body is too large."),
  );
  // Parsers may ignore a mark of byte order (RFC 8259 section 8.1).
  const text = sent.startsWith("\ufeff") ? sent.slice(1) : sent;
  if (text.trim() === "") return createNullProtoRecord();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new EngineError("request_invalid", "The body is not JSON.");
  }
  // Whoever looked at it on its way may have taken the other one.
  if (hasDuplicateName(text, body))
    throw new EngineError("request_invalid", "The body names a member twice in one object.");
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new EngineError("request_invalid", "The body is not a JSON object.");
  }
  return bareCopy(body) as Readonly<Record<string, unknown>>;
}
