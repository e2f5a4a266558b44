import { isJsonType, mediaTypeOf, type RequestBody } from "@require-action/core/adapter";
import type { HonoRequest } from "hono";

const FORM_TYPE = "application/x-www-form-urlencoded";

/**
 * Reads JSON, forms and text by Hono's own methods, whose cache lets the handler read them again. Anything else is left for the
 * application to stream or to read. Rejects when the body ends early.
 */
export async function readBody(req: HonoRequest): Promise<RequestBody> {
  // Consumed past the cache: no handler can read it either.
  if (req.raw.bodyUsed && !isCached(req)) return { sent: true, read: true, value: undefined };
  const type = mediaTypeOf(req.header("content-type"));
  if (isJsonType(type)) return readText(req, () => req.json());
  if (type === "" || type.startsWith("text/")) return readText(req, () => req.text());
  if (type === FORM_TYPE) {
    // A copy, as Hono makes no form of bytes that it has read before.
    const bytes = req.raw.bodyUsed ? undefined : new Uint8Array(await req.raw.clone().arrayBuffer());
    const value = await decodable(bytes, () => req.parseBody({ all: true }));
    // Hono before 4.13 takes a type in other letters for none, and answers with an empty form.
    return { sent: hasBody(req), read: req.raw.bodyUsed || !hasBody(req), value };
  }
  if (isCached(req) && !type.startsWith("multipart/")) {
    return { sent: hasBody(req), read: true, value: new Uint8Array(await req.arrayBuffer()), text: () => req.text() };
  }
  return unreadBody(req);
}

async function readText(req: HonoRequest, parse: () => Promise<unknown>): Promise<RequestBody> {
  // First of all as bytes: Hono makes text and JSON of them, and never bytes again of a text.
  const bytes = new Uint8Array(await req.arrayBuffer());
  if (bytes.byteLength === 0) return { sent: false, read: true, value: undefined };
  return { sent: true, read: true, value: await decodable(bytes, parse), text: () => bytes };
}

/**
 * What cannot be parsed leaves the error: that is not plain JSON, and is refused as such. So is what is not UTF-8: decoded, bytes
 * that a handler may tell apart would be the same text.
 */
async function decodable(bytes: Uint8Array | undefined, parse: () => Promise<unknown>): Promise<unknown> {
  try {
    const value = await parse();
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return value;
  } catch (error) {
    return error;
  }
}

/** A body that the application may yet read, in `bind` for example. */
function unreadBody(req: HonoRequest): RequestBody {
  return {
    sent: hasBody(req),
    // Above is what reads JSON, forms and text: no other type is read here.
    passedOver: () => !req.raw.bodyUsed,
    isEmpty: (signal) => isEmptyStream(req, signal),
    get read() {
      return isCached(req);
    },
    get value() {
      return isCached(req) ? null : undefined;
    },
    text: () => (isCached(req) ? req.text() : undefined),
  };
}

/** True unless there is surely no body: a runtime may give an empty one to a request without. */
function hasBody({ raw }: HonoRequest): boolean {
  return raw.body !== null && raw.headers.get("content-length") !== "0";
}

/** Looks for a first byte in a copy, as what is read of a stream is gone. */
async function isEmptyStream({ raw }: HonoRequest, signal: AbortSignal): Promise<boolean> {
  if (raw.bodyUsed) return false;
  const reader = raw.clone().body!.getReader();
  const late = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late]);
      if (next === undefined) return false;
      if (next.done) return true;
      if (next.value.byteLength > 0) return false;
    }
  } catch {
    return false;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function isCached({ bodyCache }: HonoRequest): boolean {
  return Object.keys(bodyCache).length > 0;
}
