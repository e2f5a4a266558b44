import type { Awaitable } from "@require-action/core/provider";
import { type Incoming, incomingOf } from "./incoming.ts";
import { isPlainUrl, plainTargetOf, targetRefusal } from "./request-target.ts";

/**
 * Anything that answers requests as the fetch API has them. Of the `environment`, which is what the server around it hands
 * along, `incoming` is read: the message of `node:http`, from `toNodeHandler` or `@hono/node-server`.
 */
export type FetchHandler = (request: Request, environment?: unknown) => Promise<Response>;

/**
 * A request on its way to its endpoint. Whatever costs something is made when it is first asked for: a request of the fetch
 * API with its headers and stream takes longer than a decision.
 */
export interface Exchange {
  readonly method: string;
  /** As it was sent, undecoded, without the query. */
  readonly pathname: string;
  readonly url: URL;
  readonly request: Request;
  /** What the server around the handler handed along. */
  readonly environment: unknown;
  /** The message of `node:http`, where that is known. */
  readonly incoming: Incoming | undefined;
  /** Aborts when the client is gone, where that can be known. */
  readonly signal: AbortSignal;
  /** True when the target can be read in one way only. */
  readonly isPlain: boolean;
  readonly hasBody: boolean;
  /** The value of a header, by its name in lower case. */
  header(name: string): string | undefined;
  /**
   * Reads the body as text. What arrives is counted, whatever length was declared, and nothing past the limit is kept.
   * @throws what `tooLong` makes, once more than `maxBytes` have come
   */
  text(maxBytes: number, tooLong: () => Error): Promise<string>;
}

/** Status 200 with a body in JSON, which is what most answers are. */
export interface JsonAnswer {
  readonly json: string;
}

/** Answers an exchange. */
export type ExchangeHandler = (exchange: Exchange) => Awaitable<Response | JsonAnswer>;

export const jsonHeaders: { readonly "content-type": string; readonly "cache-control": string } = {
  "content-type": "application/json",
  "cache-control": "no-store",
};

const exchangeHandlers = new WeakMap<FetchHandler, ExchangeHandler>();

/** Makes a fetch-style handler of one that answers exchanges, which {@link exchangeHandlerOf} finds again. */
export function fetchHandlerOf(handler: ExchangeHandler): FetchHandler {
  const fetchHandler: FetchHandler = async (request, environment) => {
    const answer = await handler(new FetchExchange(request, environment));
    return answer instanceof Response ? answer : new Response(answer.json, { headers: { ...jsonHeaders } });
  };
  exchangeHandlers.set(fetchHandler, handler);
  return fetchHandler;
}

/** The handler of exchanges behind a fetch-style handler; of any other, one that makes a request for it. */
export function exchangeHandlerOf(handler: FetchHandler): ExchangeHandler {
  return exchangeHandlers.get(handler) ?? (({ request, environment }) => handler(request, environment));
}

/**
 * Answers 400 to requests whose target is not plain, before `handler` sees them. Where the message of `node:http` is at hand
 * its target is read as it was received. Elsewhere a URL parser has been there first: what it left behind is all that can be
 * looked at.
 */
export function plainTargetOnly(handler: FetchHandler): FetchHandler {
  const handle = exchangeHandlerOf(handler);
  return fetchHandlerOf((exchange) => (exchange.isPlain ? handle(exchange) : targetRefusal()));
}

/** A request of the fetch API, whatever server made it. */
class FetchExchange implements Exchange {
  readonly request: Request;
  readonly environment: unknown;
  readonly url: URL;
  readonly incoming: Incoming | undefined;

  constructor(request: Request, environment: unknown) {
    this.request = request;
    this.environment = environment;
    this.url = new URL(request.url);
    this.incoming = incomingOf(request, environment);
  }

  get method(): string {
    return this.request.method;
  }

  get pathname(): string {
    return this.url.pathname;
  }

  get signal(): AbortSignal {
    return this.request.signal;
  }

  get isPlain(): boolean {
    return (this.incoming === undefined || plainTargetOf(this.incoming) !== undefined) && isPlainUrl(this.url);
  }

  get hasBody(): boolean {
    return this.request.body !== null;
  }

  header(name: string): string | undefined {
    return this.request.headers.get(name) ?? undefined;
  }

  text(maxBytes: number, tooLong: () => Error): Promise<string> {
    return readText(this.request.body ?? [], maxBytes, tooLong);
  }
}

/** Reads chunks as text, as {@link Exchange} says. */
export async function readText(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLong: () => Error,
): Promise<string> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLong();
    kept.push(chunk);
  }
  return Buffer.concat(kept).toString("utf8");
}
