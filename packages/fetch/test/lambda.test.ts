import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, it } from "vitest";
import { createRequireAction, type LambdaCall, type LambdaEvent } from "../src/lambda.ts";
import { createTestGuard } from "./app.ts";

const text = '{"amount":"1"}';

/** An event of an HTTP API, as API Gateway documents it. */
function event2(
  change: Partial<LambdaEvent> = {},
  authorizer: object | undefined = { jwt: { claims: { sub: "alice" } } },
) {
  return {
    version: "2.0",
    rawPath: "/prod/withdrawals",
    rawQueryString: "b=2&a=%31",
    cookies: ["session=s1", "__as_aid=device-1"],
    headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.66", "user-agent": "curl" },
    requestContext: {
      domainName: "id.execute-api.eu-central-1.amazonaws.com",
      http: { method: "POST", path: "/prod/withdrawals", sourceIp: "192.0.2.1" },
      ...(authorizer && { authorizer }),
    },
    body: text,
    isBase64Encoded: false,
    ...change,
  } satisfies LambdaEvent;
}

/** An event of a REST API. */
function event1(change: Partial<LambdaEvent> = {}, authorizer: object | undefined = { claims: { sub: "alice" } }) {
  return {
    path: "/withdrawals",
    httpMethod: "POST",
    headers: { "content-type": "application/json" },
    multiValueHeaders: { "content-type": ["application/json"], cookie: ["session=s1"] },
    multiValueQueryStringParameters: { a: ["1", "&2"], b: ["ä"] },
    requestContext: {
      path: "/prod/withdrawals",
      identity: { sourceIp: "192.0.2.1" },
      ...(authorizer && { authorizer }),
    },
    body: text,
    isBase64Encoded: false,
    ...change,
  } satisfies LambdaEvent;
}

const bind = async ({ request }: LambdaCall) => ({ amount: (await request.json()).amount });

describe.each([
  ["an HTTP API", event2],
  ["a REST API", event1],
] as const)("a function behind %s", (_name, makeEvent) => {
  it("knows its user by the authorizer, its address by the gateway, and its body in base64 too", async () => {
    const { provider, options } = createTestGuard();
    const { guarded } = createRequireAction(options);
    const handler = guarded("withdraw-funds", { bind }, async ({ bound }, { request }) =>
      Response.json([bound, await request.json()]),
    );
    for (const change of [{}, { body: Buffer.from(text).toString("base64"), isBase64Encoded: true }]) {
      const result = await handler(makeEvent(change));
      expect(result.statusCode).toBe(200);
      expect(JSON.parse(result.body)).toEqual([{ amount: "1" }, { amount: "1" }]);
    }
    expect(provider.calls[0]?.request).toMatchObject({ userId: "alice", attributes: { ipAddress: "192.0.2.1" } });
  });

  it.each([
    ["no authorizer", undefined],
    ["an authorizer without a subject", { claims: {}, jwt: { claims: {} } }],
    ["claims that are text", { claims: '{"sub":"alice"}' }],
    ["inherited claims", { claims: Object.create({ sub: "alice" }), jwt: { claims: Object.create({ sub: "alice" }) } }],
  ])("refuses everybody with %s, whatever headers say", async (_what, authorizer) => {
    const { provider, options } = createTestGuard();
    const handler = createRequireAction(options).guarded("withdraw-funds", { bind }, () => new Response());
    const event = makeEvent({ headers: { authorization: "Bearer x", "x-user": "alice" } }, authorizer ?? {});
    expect((await handler(event)).statusCode).toBe(401);
    expect(provider.calls).toEqual([]);
  });

  it("T4: a body that comes with GET is bound, or refused, and never taken for none", async () => {
    const { provider, options } = createTestGuard();
    const handler = createRequireAction(options).guarded("withdraw-funds", {}, () => new Response("done"));
    const get = (change: Partial<LambdaEvent>, headers: Record<string, string> = {}) => {
      const event = makeEvent({ httpMethod: "GET", multiValueHeaders: null, headers, ...change });
      return handler({ ...event, requestContext: { ...event.requestContext, ...httpOf(event) } });
    };
    provider.answerNext("CHALLENGE_REQUIRED");
    const { token } = JSON.parse((await get({ body: null })).body);
    const headers = { "action-token": provider.completeChallenge(token) };
    expect((await get({ body: text }, headers)).statusCode).toBe(403);
    expect((await get({ body: null }, headers)).statusCode).toBe(200);
  });

  it("sends cookies and bytes as the gateway takes them", async () => {
    const { options } = createTestGuard();
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff, 0x00]);
    const handler = createRequireAction(options).guarded("withdraw-funds", { bind }, () => {
      const response = new Response(png, { headers: { "content-type": "image/png" } });
      response.headers.append("set-cookie", "a=1");
      response.headers.append("set-cookie", "b=2; Path=/");
      return response;
    });
    const { headers, body, isBase64Encoded, cookies, multiValueHeaders } = await handler(makeEvent());
    expect(headers).toEqual({ "content-type": "image/png" });
    expect(isBase64Encoded).toBe(true);
    expect(Buffer.from(body, "base64")).toEqual(Buffer.from(png));
    expect(cookies ?? multiValueHeaders?.["set-cookie"]).toEqual(["a=1", "b=2; Path=/"]);
  });
});

function httpOf({ requestContext }: LambdaEvent): object {
  return "http" in requestContext ? { http: { ...(requestContext.http as object), method: "GET" } } : {};
}

it("takes the events of API Gateway's own types, and a REST API's principal", async () => {
  const { provider, options } = createTestGuard();
  const handler = createRequireAction<APIGatewayProxyEvent | APIGatewayProxyEventV2>(options).guarded(
    "withdraw-funds",
    { bind: "none" },
    () => new Response(),
  );
  const event = event1({}, { principalId: "carol", user: "alice" }) as unknown as APIGatewayProxyEvent;
  expect((await handler(event)).statusCode).toBe(200);
  expect(provider.calls[0]?.request).toMatchObject({ userId: "carol" });
});

it("binds the path and the query as the gateway received them", async () => {
  const { provider, options } = createTestGuard();
  const handler = createRequireAction(options).guarded("withdraw-funds", {}, () => new Response("done"));
  provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = JSON.parse((await handler(event2())).body);
  const headers = { ...event2().headers, "action-token": provider.completeChallenge(token) };
  for (const change of [
    { rawPath: "/other/withdrawals" },
    { rawQueryString: "a=%31&b=2" },
    { rawQueryString: "b=2&a=1" },
  ]) {
    expect((await handler(event2({ headers, ...change }))).statusCode).toBe(403);
  }
  expect((await handler(event2({ headers }))).statusCode).toBe(200);
});
