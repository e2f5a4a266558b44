import { findDuplicateName } from "@require-action/core/adapter";
import { bareCopy, createNullProtoRecord } from "@require-action/core/options";
import { EngineError } from "@require-action/engine";

/** The longest body that any endpoint has a use for. */
const MAX_BODY_BYTES = 65_536;

/**
 * Reads the body as a JSON object in which no name comes twice (RFC 7493 section 2.3). An absent one is `{}`: the browser SDK declares JSON and sends nothing.
 * @throws EngineError `request_invalid`
 */
export async function readJson(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const text = await readText(
    request,
    MAX_BODY_BYTES,
    () => new EngineError("request_too_large", "The body is too large."),
  );
  if (text.trim() === "") return createNullProtoRecord();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new EngineError("request_invalid", "The body is not JSON.");
  }
  // Whoever looked at it on its way may have taken the other one.
  if (findDuplicateName(text)) throw new EngineError("request_invalid", "The body names a member twice in one object.");
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new EngineError("request_invalid", "The body is not a JSON object.");
  }
  return bareCopy(body) as Readonly<Record<string, unknown>>;
}

/**
 * Reads a body as text. What arrives is counted, whatever length was declared, and nothing past the limit is kept.
 * @throws what `tooLong` makes, once more than `maxBytes` have come
 */
export async function readText(request: Request, maxBytes: number, tooLong: () => Error): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
