import { RequireActionError } from "@require-action/core";
import { isJsonType, mediaTypeOf, type RequestBody } from "@require-action/core/adapter";

const FORM_TYPE = "application/x-www-form-urlencoded";

/** How bodies are read. */
export interface BodyTerms {
  /** Bytes. */
  readonly limit: number;
  /** Receives the bytes once they have been read, for a framework that reads past the `Request`. */
  readonly keep?: ((bytes: Uint8Array) => void) | undefined;
}

/** Reads the body of one request, once. */
interface BodyReader {
  /** Rejects with `body_too_large`, and as a stream does that breaks off. */
  read(): Promise<Uint8Array>;
  /** What has been read; nothing before. */
  readonly bytes: Uint8Array | undefined;
}

/** By request, as several guards may stand in front of one handler. */
const readers = new WeakMap<Request, BodyReader>();

/**
 * Reads JSON, forms and text, and leaves anything else for the application to stream or to read. From then on, `json()`,
 * `text()` and the like of this request answer from the bytes, to resolvers and handlers alike, as often as they are called.
 */
export async function readBody(request: Request, terms: BodyTerms): Promise<RequestBody> {
  const reader = readerOf(request, terms);
  // Consumed by something that ran before: no handler can read it either.
  if (request.bodyUsed && !reader.bytes) return { sent: true, read: true, value: undefined };
  const type = mediaTypeOf(request.headers.get("content-type"));
  const parse = parserOf(type);
  if (!parse && !(reader.bytes && !type.startsWith("multipart/"))) return unreadBody(request, reader);
  let bytes: Uint8Array;
  try {
    bytes = await reader.read();
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    return { sent: true, read: false, value: undefined, tooLarge: true };
  }
  if (bytes.byteLength === 0) return { sent: false, read: true, value: undefined };
  return { sent: true, read: true, value: parse ? valueOf(bytes, parse) : bytes, text: () => bytes };
}

/**
 * What cannot be parsed leaves the error: that is not plain JSON, and is refused as such. So is what is no UTF-8: decoded, bytes
 * that a handler may tell apart would be the same text.
 */
function valueOf(bytes: Uint8Array, parse: (text: string) => unknown): unknown {
  try {
    return parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    return error;
  }
}

function parserOf(type: string): ((text: string) => unknown) | undefined {
  if (isJsonType(type)) return (text) => JSON.parse(text);
  if (type === FORM_TYPE) return parseForm;
  return type === "" || type.startsWith("text/") ? (text) => text : undefined;
}

/** All values of each field, under its own name, `__proto__` too, which is refused later. */
function parseForm(text: string): Record<string, unknown> {
  const form = new URLSearchParams(text);
  const fields: Record<string, unknown> = {};
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name);
    const value = values.length === 1 ? values[0] : values;
    Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return fields;
}

/** A body that the application may yet read, in `bind` for example. */
function unreadBody(request: Request, reader: BodyReader): RequestBody {
  return {
    sent: request.body !== null && request.headers.get("content-length") !== "0",
    passedOver: () => !request.bodyUsed,
    isEmpty: (signal) => isEmpty(request, signal),
    get read() {
      return reader.bytes !== undefined;
    },
    get value() {
      return reader.bytes === undefined ? undefined : null;
    },
    text: () => reader.bytes,
  };
}

async function isEmpty(request: Request, signal: AbortSignal): Promise<boolean> {
  if (request.bodyUsed) return false;
  const late = new Promise<boolean>((resolve) =>
    signal.addEventListener("abort", () => resolve(false), { once: true }),
  );
  const empty = collect(request.clone().body, 0).then(
    () => true,
    () => false,
  );
  return Promise.race([empty, late]);
}

function readerOf(request: Request, { limit, keep }: BodyTerms): BodyReader {
  const known = readers.get(request);
  if (known) return known;
  let reading: Promise<Uint8Array> | undefined;
  let bytes: Uint8Array | undefined;
  const read = async (): Promise<Uint8Array> => {
    if (Number(request.headers.get("content-length") ?? 0) > limit) throw new RequireActionError("body_too_large");
    // A copy, so that the request can still be streamed, cloned and sent on.
    bytes = await collect(request.clone().body, limit);
    keep?.(bytes);
    return bytes;
  };
  const reader: BodyReader = {
    read: () => (reading ??= read()),
    get bytes() {
      return bytes;
    },
  };
  const headers = { "content-type": request.headers.get("content-type") ?? "" };
  const copy = async (): Promise<Response> => new Response(new Uint8Array(await reader.read()), { headers });
  // On the request itself, as a copy would lack what its framework has put on it.
  for (const name of ["arrayBuffer", "blob", "formData", "json", "text"] as const) {
    define(request, name, async () => (await copy())[name]());
  }
  define(request, "bytes", async () => new Uint8Array(await reader.read()));
  readers.set(request, reader);
  return reader;
}

function define(request: Request, name: string, value: unknown): void {
  Object.defineProperty(request, name, { value, configurable: true, writable: true });
}

async function collect(stream: ReadableStream<Uint8Array> | null, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = stream?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    size += next.value.byteLength;
    if (size > limit) {
      reader?.cancel().catch(() => undefined);
      throw new RequireActionError("body_too_large");
    }
    chunks.push(next.value);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RequireActionError && error.code === "body_too_large";
}
