/** What a guard reads of an event: of an API Gateway (REST and HTTP APIs), a function's URL, or a load balancer. */
export interface LambdaEvent {
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean;
  /** Of payloads of version 2.0. */
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly cookies?: readonly string[] | undefined;
  /** Of payloads of version 1.0, and of load balancers, which fill either the single or the multiple values. */
  readonly path?: string;
  readonly httpMethod?: string;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly requestContext: object;
}

/** What a function answers behind an API Gateway, its URL or a load balancer. */
export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  /** Of version 2.0. */
  readonly cookies?: string[];
  /** Of version 1.0; all headers where a load balancer has them so. */
  readonly multiValueHeaders?: Record<string, string[]>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

interface Http {
  readonly method?: string;
  readonly sourceIp?: string;
}

/** The parts of `requestContext` that the gateway itself writes. */
interface RequestContext {
  readonly domainName?: string;
  readonly path?: string;
  readonly http?: Http;
  readonly identity?: Http;
  /** Of a load balancer. */
  readonly elb?: object;
  readonly authorizer?: {
    readonly jwt?: { readonly claims?: object };
    readonly claims?: object;
    readonly principalId?: unknown;
  };
}

/** A token of RFC 9110 section 5.6.2. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;

const contextOf = (event: LambdaEvent): RequestContext => event.requestContext;

/** The client's address as the gateway states it. */
export function sourceAddress(event: LambdaEvent): string | undefined {
  const { http, identity } = contextOf(event);
  return (http ?? identity)?.sourceIp;
}

/** Whom the gateway's authorizer has verified: the subject of a JWT or of Cognito, or the principal of a Lambda authorizer. */
export function authorizedUser(event: LambdaEvent): string | undefined {
  const { jwt, claims, principalId } = contextOf(event).authorizer ?? {};
  const verified = jwt?.claims ?? claims;
  const user = verified
    ? Object.hasOwn(verified, "sub")
      ? (verified as { sub: unknown }).sub
      : undefined
    : principalId;
  return typeof user === "string" ? user : undefined;
}

/** The body as it was sent. */
export function bodyBytes({ body, isBase64Encoded }: LambdaEvent): Buffer<ArrayBuffer> {
  return Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
}

/** The target as the gateway received it: with its stage, and with the parameters of version 1.0 in the order given. */
export function receivedPath(event: LambdaEvent): string {
  const { path, query } = receivedParts(event);
  return query === "" ? path : `${path}?${query}`;
}

function receivedParts(event: LambdaEvent): { readonly path: string; readonly query: string } {
  const path = event.rawPath ?? contextOf(event).path ?? event.path ?? "/";
  // HTTP APIs decode paths: a question mark in one begins no query.
  return { path: path.replaceAll("?", "%3F").replaceAll("#", "%23"), query: event.rawQueryString ?? encoded(event) };
}

/** The query of an event that holds it in parts. API Gateways decode them, and load balancers leave them as they were sent. */
function encoded(event: LambdaEvent): string {
  const parameters = event.multiValueQueryStringParameters ?? event.queryStringParameters ?? {};
  const pairs = Object.entries(parameters).flatMap(([name, values]) =>
    [values ?? []].flat().map((value) => [name, value] as const),
  );
  const write = contextOf(event).elb === undefined ? encodeURIComponent : (text: string) => text;
  return pairs.map((pair) => pair.map(write).join("=")).join("&");
}

/** An event as a `Request`. A body that comes with GET or HEAD has no place there, and is left out. */
export function toRequest(event: LambdaEvent): Request {
  const { http, domainName = "localhost" } = contextOf(event);
  const method = http?.method ?? event.httpMethod ?? "GET";
  const hasBody = method !== "GET" && method !== "HEAD" && Boolean(event.body);
  const url = new URL(`https://${domainName}`);
  ({ path: url.pathname, query: url.search } = receivedParts(event));
  return new Request(url, { method, headers: headersOf(event), body: hasBody ? bodyBytes(event) : null });
}

function headersOf(event: LambdaEvent): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? event.headers ?? {})) {
    // Load balancers hand on names that are no tokens, which no `Request` can have.
    if (!HEADER_NAME.test(name)) continue;
    for (const value of [values ?? []].flat()) headers.append(name, Buffer.from(value).toString("latin1"));
  }
  if (event.cookies?.length) headers.set("cookie", event.cookies.join("; "));
  return headers;
}

/** What a function answers to an event of this kind. */
export async function toResult(response: Response, event: LambdaEvent): Promise<LambdaResult> {
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text, "utf8").equals(bytes);
  return {
    statusCode: response.status,
    ...resultHeaders(response.headers, event),
    body: isText ? text : bytes.toString("base64"),
    isBase64Encoded: !isText,
  };
}

function resultHeaders(
  given: Headers,
  event: LambdaEvent,
): Pick<LambdaResult, "headers" | "cookies" | "multiValueHeaders"> {
  const cookies = given.getSetCookie();
  const headers = Object.fromEntries([...given].filter(([name]) => name !== "set-cookie"));
  const several = cookies.length > 0 && { "set-cookie": cookies };
  if (contextOf(event).elb === undefined) {
    if (!several) return { headers };
    return { headers, ...(event.version === "2.0" ? { cookies } : { multiValueHeaders: several }) };
  }
  // A load balancer reads either the one or the other, as its target group is set, and sends its events likewise.
  if (event.multiValueHeaders) {
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    return { headers: {}, multiValueHeaders: { ...lists, ...several } };
  }
  return { headers: { ...headers, ...Object.fromEntries(cookies.map((cookie, at) => [spelling(at), cookie])) } };
}

/** A spelling of `set-cookie` of its own for each, as an object has one value by a name. */
function spelling(at: number): string {
  return [..."set-cookie"].map((letter, place) => ((at >> place) & 1 ? letter.toUpperCase() : letter)).join("");
}
