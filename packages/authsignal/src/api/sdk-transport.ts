import type { GetActionRequest, TrackRequest, ValidateChallengeRequest } from "@require-action/core/provider";
import type { IncomingHttpHeaders } from "node:http";
import { type HttpAnswer, MAX_BODY_BYTES } from "../http/exchange.ts";

/** The part of an `@authsignal/node` instance that is called. Its answers are believed no more than the API's. */
export interface AuthsignalClient {
  /** Decides an action. */
  track(request: TrackRequest): Promise<unknown>;
  /** Returns whose result a token is. */
  validateChallenge(request: ValidateChallengeRequest): Promise<unknown>;
  /** Returns the state of an action. */
  getAction(request: GetActionRequest): Promise<unknown>;
}

/** What the SDK 2.21 asks itself for before each request: a configuration of axios. It is no part of the SDK's types. */
type GetRequestConfig = () => RequestConfig;

interface RequestConfig {
  readonly headers?: Readonly<Record<string, string>>;
}

/** A client for one call, and the last answer that came over the wire in it, as far as it can be seen. */
interface ConfinedClient {
  readonly sdk: AuthsignalClient;
  readonly received: () => HttpAnswer | undefined;
}

const warned = new Set<string>();

/** True for a client whose requests can be configured one by one. */
function isConfigurable(client: object): client is { readonly getRequestConfig: GetRequestConfig } {
  return typeof (client as { readonly getRequestConfig?: unknown }).getRequestConfig === "function";
}

/**
 * Puts a client between the SDK instance and one call that follows no redirect, ends with the signal, stops reading at 64
 * KiB and asks for no content coding. The instance itself, which the application may use elsewhere, stays as it is.
 */
export function confine(client: AuthsignalClient, signal: AbortSignal): ConfinedClient {
  if (!isConfigurable(client)) return { sdk: client, received: () => undefined };
  let answer: HttpAnswer | undefined;
  const receive = (data: unknown, headers: unknown, status: unknown): unknown => {
    const body = bytesOf(data);
    if (body !== undefined && typeof status === "number") answer = { status, headers: headersOf(headers), body };
    // For the SDK alone, which looks for the code of an error in it.
    return body === undefined ? data : looselyParsed(body);
  };
  const getRequestConfig = (): object => {
    const config = client.getRequestConfig();
    return {
      ...config,
      headers: { ...config.headers, "Accept-Encoding": "identity" },
      maxRedirects: 0,
      maxContentLength: MAX_BODY_BYTES,
      decompress: false,
      responseType: "arraybuffer",
      transformResponse: [receive],
      signal,
    };
  };
  const sdk = Object.create(client, { getRequestConfig: { value: getRequestConfig } }) as AuthsignalClient;
  return { sdk, received: () => answer };
}

/** Warns, once in a process, of what cannot be kept from a client that is the application's. */
export function warnOfSdkTransport(client: AuthsignalClient): void {
  const left = isConfigurable(client)
    ? "It repeats requests unless it is created with retries: 0, and every interceptor and default of the process-wide axios sees its secret key and may lead its requests elsewhere."
    : "It follows redirects, takes any 2xx answer of any size, and goes on after the deadline: it has no getRequestConfig() by which that could be kept from it.";
  if (warned.has(left)) return;
  warned.add(left);
  process.emitWarning(
    `authsignal() calls Authsignal by an SDK instance, whose transport it does not control. ${left} Prefer apiSecretKey.`,
    { type: "RequireActionWarning", code: "RA_SDK_TRANSPORT" },
  );
}

function bytesOf(data: unknown): Buffer | undefined {
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  return typeof data === "string" ? Buffer.from(data) : undefined;
}

/** The headers of axios, by their names in lower case. */
function headersOf(headers: unknown): IncomingHttpHeaders {
  const entries = Object.entries(headers ?? {}).filter(([, value]) => typeof value !== "function");
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value as string]));
}

function looselyParsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    return body.toString();
  }
}
