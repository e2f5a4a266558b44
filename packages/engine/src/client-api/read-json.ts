import { EngineError } from "../engine-error.ts";
import { readText } from "./read-text.ts";

/** The longest body that any endpoint has a use for. */
const MAX_BODY_BYTES = 65_536;

/**
 * Reads the body as a JSON object. An absent one is `{}`: the browser SDK declares JSON and sends nothing.
 * @throws EngineError `request_invalid`
 */
export async function readJson(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const text = await readText(
    request,
    MAX_BODY_BYTES,
    () => new EngineError("request_too_large", "The body is too large."),
  );
  if (text.trim() === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new EngineError("request_invalid", "The body is not JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new EngineError("request_invalid", "The body is not a JSON object.");
  }
  return body as Readonly<Record<string, unknown>>;
}
