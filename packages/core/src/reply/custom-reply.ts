import { memberOf } from "../lib/own-members.ts";
import { type ErrorCode, errorCatalog, RequireActionError } from "./errors.ts";
import type { Reply } from "./refusal.ts";

/** A refusal, as the standard reply reports it to the client. */
export interface RefusalReport {
  readonly code: ErrorCode;
  readonly status: number;
  /** The catalogue's sentence for developers, in English. */
  readonly title: string;
  /** Seconds after which to try again. */
  readonly retryAfterSeconds: number | undefined;
  /** The JSON of the standard reply. Pass on `code`, `action`, `token`, `url` and `idempotencyKey`: clients need them. */
  readonly problem: Readonly<Record<string, unknown>>;
}

/** What is sent instead of the standard body. */
export interface CustomReply {
  /**
   * Further headers, and `content-type`: `application/json` by default for an object, `text/plain` for a text. A
   * `Cache-Control` is ignored, and so is a header that the refusal has itself.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, and an object as JSON. */
  readonly body: string | object;
}

/** Where a reply whose body is the application's own has the code. */
const CODE_HEADER = "action-code";
/** What belongs to the connection, or says how the body is sent: none of it is an application's to set. */
const FRAMING: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Reports a refusal by its standard reply. */
export function reportRefusal({ code, status, headers, body }: Reply): RefusalReport {
  const retryAfter = headers["retry-after"];
  return Object.freeze({
    code,
    status,
    title: errorCatalog[code].title,
    retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    problem: Object.freeze(JSON.parse(body) as Record<string, unknown>),
  });
}

/**
 * Puts an application's own body into a reply. Status and headers of the standard reply stay.
 * @throws RequireActionError `resolver_failed` for what cannot be sent
 */
export function customizeReply(standard: Reply, custom: unknown): Reply {
  const { type, text } = bodyOf(memberOf(custom, "body"));
  const { "content-type": _standardType, ...kept } = standard.headers;
  return {
    ...standard,
    headers: {
      "content-type": type,
      ...headersOf(memberOf(custom, "headers")),
      ...kept,
      "content-length": String(Buffer.byteLength(text)),
      [CODE_HEADER]: standard.code,
    },
    body: text,
  };
}

function bodyOf(body: unknown): { readonly type: string; readonly text: string } {
  if (typeof body === "string") return { type: "text/plain; charset=utf-8", text: body.toWellFormed() };
  const text: unknown = typeof body === "object" && body !== null ? JSON.stringify(body) : undefined;
  if (typeof text !== "string") throw unusable("must return { headers?, body }, with a text or an object as body");
  return { type: "application/json", text };
}

function headersOf(given: unknown): Readonly<Record<string, string>> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null) throw unusable("must return headers as a record of texts");
  const headers = Object.entries(given).map(([name, value]): readonly [string, string] => {
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(lower) || typeof value !== "string" || !HEADER_VALUE.test(value)) {
      throw unusable("returned a header that cannot be sent");
    }
    if (FRAMING.has(lower)) throw unusable(`must not return the header ${lower}`);
    return [lower, value];
  });
  return Object.fromEntries(headers);
}

function unusable(problem: string): RequireActionError {
  return new RequireActionError("resolver_failed", { detail: `respond ${problem}` });
}
