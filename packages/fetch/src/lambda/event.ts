/** What a guard reads of an event: of an API Gateway (REST and HTTP APIs) or a function's URL. */
export interface LambdaEvent {
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean;
  /** Of payloads of version 2.0. */
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly cookies?: readonly string[] | undefined;
  /** Of payloads of version 1.0. */
  readonly path?: string;
  readonly httpMethod?: string;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly multiValueQueryStringParameters?: Readonly<Record<string, readonly string[] | undefined>> | null;
  readonly requestContext: object;
}

/** What a function answers behind an API Gateway or its URL. */
export interface LambdaResult {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  /** Of version 2.0. */
  readonly cookies?: string[];
  /** Of version 1.0. */
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
  readonly authorizer?: {
    readonly jwt?: { readonly claims?: object };
    readonly claims?: object;
    readonly principalId?: unknown;
  };
}

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
  const query = event.rawQueryString ?? encoded(event.multiValueQueryStringParameters ?? {});
  const path = event.rawPath ?? contextOf(event).path ?? event.path ?? "/";
  return query === "" ? path : `${path}?${query}`;
}

function encoded(parameters: NonNullable<LambdaEvent["multiValueQueryStringParameters"]>): string {
  const pairs = Object.entries(parameters).flatMap(([name, values = []]) => values.map((value) => [name, value]));
  return pairs.map((pair) => pair.map((part) => encodeURIComponent(part!)).join("=")).join("&");
}

/** An event as a `Request`. A body that comes with GET or HEAD has no place there, and is left out. */
export function toRequest(event: LambdaEvent): Request {
  const { http, domainName = "localhost" } = contextOf(event);
  const method = http?.method ?? event.httpMethod ?? "GET";
  const headers = new Headers();
  const lists = event.multiValueHeaders ?? event.headers ?? {};
  for (const [name, values] of Object.entries(lists)) {
    for (const value of [values ?? []].flat()) headers.append(name, value);
  }
  if (event.cookies?.length) headers.set("cookie", event.cookies.join("; "));
  const hasBody = method !== "GET" && method !== "HEAD" && Boolean(event.body);
  const url = new URL(`https://${domainName}`);
  [url.pathname = "/", url.search = ""] = receivedPath(event).split(/(?=\?)/, 2) as [string, string?];
  return new Request(url, { method, headers, body: hasBody ? bodyBytes(event) : null });
}

/** What a function answers to an event of this version. */
export async function toResult(response: Response, { version }: LambdaEvent): Promise<LambdaResult> {
  const cookies = response.headers.getSetCookie();
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== "set-cookie"));
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString("utf8");
  const isText = Buffer.from(text, "utf8").equals(bytes);
  const several = version === "2.0" ? { cookies } : { multiValueHeaders: { "set-cookie": cookies } };
  return {
    statusCode: response.status,
    headers,
    ...(cookies.length > 0 && several),
    body: isText ? text : bytes.toString("base64"),
    isBase64Encoded: !isText,
  };
}
