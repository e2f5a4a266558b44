import type { LambdaEvent, LambdaResult } from "../src/lambda.ts";
import type { Received } from "./node-server.ts";

/** The event that an API Gateway makes of a request: of an HTTP API or a function's URL (2.0), or of a REST API (1.0). */
export async function toEvent(
  version: "1.0" | "2.0",
  { request, incoming }: Received,
  user: string | undefined,
): Promise<LambdaEvent> {
  const url = new URL(request.url);
  const bytes = request.bodyUsed ? Buffer.of() : Buffer.from(await request.arrayBuffer());
  const sourceIp = incoming.socket.remoteAddress ?? "";
  const isBase64Encoded = !/json|text/.test(request.headers.get("content-type") ?? "");
  const body = bytes.length === 0 ? undefined : bytes.toString(isBase64Encoded ? "base64" : "utf8");
  if (version === "2.0") {
    const { cookie, ...headers } = Object.fromEntries(request.headers);
    return {
      version,
      rawPath: url.pathname,
      rawQueryString: url.search.slice(1),
      headers,
      ...(cookie !== undefined && { cookies: cookie.split("; ") }),
      body,
      isBase64Encoded,
      requestContext: {
        domainName: "bank.example",
        http: { method: request.method, path: url.pathname, sourceIp },
        ...(user !== undefined && { authorizer: { jwt: { claims: { sub: user }, scopes: null } } }),
      },
    };
  }
  const values = (entries: Iterable<[string, string]>): Record<string, string[]> => {
    const lists: Record<string, string[]> = {};
    for (const [name, value] of entries) (lists[name] ??= []).push(value);
    return lists;
  };
  return {
    path: url.pathname,
    httpMethod: request.method,
    headers: Object.fromEntries(request.headers),
    multiValueHeaders: values(
      Object.entries(incoming.headersDistinct).flatMap(([name, list = []]) =>
        list.map((value): [string, string] => [name, value]),
      ),
    ),
    multiValueQueryStringParameters: values(url.searchParams),
    body: body ?? null,
    isBase64Encoded,
    requestContext: {
      domainName: "bank.example",
      path: url.pathname,
      identity: { sourceIp },
      ...(user !== undefined && { authorizer: { claims: { sub: user } } }),
    },
  };
}

/** The response that a gateway makes of a result. */
export function fromResult(result: LambdaResult): Response {
  const { statusCode, headers, cookies, multiValueHeaders, body, isBase64Encoded } = result;
  const response = new Response(isBase64Encoded ? Buffer.from(body, "base64") : body, { status: statusCode, headers });
  for (const cookie of cookies ?? multiValueHeaders?.["set-cookie"] ?? [])
    response.headers.append("set-cookie", cookie);
  return response;
}
