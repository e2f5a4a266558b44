import type { HttpAnswer } from "./exchange.ts";

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The value of an answer that is JSON by its type and by its bytes; `undefined` for any other. */
export function readJson({ headers, body }: HttpAnswer): unknown {
  if (!JSON_TYPE.test(headers["content-type"] ?? "")) return undefined;
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    return undefined;
  }
}
